import { useCallback } from 'react';

interface Props {
  blob: Blob;
  alt: string;
  className?: string;
}

/** A picture from the phone's storage; its address lives as long as it is shown. */
export function Picture({ blob, alt, className }: Props) {
  const show = useCallback(
    (image: HTMLImageElement) => {
      const url = URL.createObjectURL(blob);
      image.src = url;
      return () => URL.revokeObjectURL(url);
    },
    [blob],
  );
  return <img ref={show} alt={alt} className={className} />;
}
