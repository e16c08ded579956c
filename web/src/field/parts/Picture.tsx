import { useCallback, useState } from 'react';

interface Props {
  blob: Blob;
  alt: string;
  className?: string;
}

/**
 * A picture from the phone's storage; its address lives as long as it is shown. A stored file never changes, but reading
 * it again makes another blob: the first one stays, so that no picture blinks when something else is written. Another
 * file needs another `key`.
 */
export function Picture({ blob, alt, className }: Props) {
  const [first] = useState(blob);
  const show = useCallback(
    (image: HTMLImageElement) => {
      const url = URL.createObjectURL(first);
      image.src = url;
      return () => URL.revokeObjectURL(url);
    },
    [first],
  );
  return <img ref={show} alt={alt} className={className} />;
}
