/** Hands what was read to the person as a file of that name. */
export function saveAs(body: Blob, name: string): void {
  const url = URL.createObjectURL(body);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read by then; at once, some would find nothing.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
