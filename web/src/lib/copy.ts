/**
 * Puts words onto the clipboard, also where the page is not a secure context and has no clipboard of its own; false when
 * the browser does not let it.
 */
export async function copyWords(words: string): Promise<boolean> {
  // A page that is not served over TLS has none, whatever the types say.
  const clipboard = (navigator as Partial<Navigator>).clipboard;
  if (clipboard) {
    return clipboard.writeText(words).then(
      () => true,
      () => byCommand(words),
    );
  }
  return byCommand(words);
}

/** The old way: words in a field that nobody sees are selected and copied. */
function byCommand(words: string): boolean {
  const field = document.createElement('textarea');
  field.value = words;
  field.readOnly = true;
  field.style.cssText = 'position:fixed;inset:0 auto auto 0;opacity:0';
  const before = document.activeElement;
  document.body.append(field);
  field.select();
  try {
    return document.execCommand('copy');
  } finally {
    field.remove();
    if (before instanceof HTMLElement) before.focus();
  }
}
