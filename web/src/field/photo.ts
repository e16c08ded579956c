/** Longest side of a picture that is sent, in px: a type plate stays readable. */
export const longestSide = 1600;

/** Size that fits into a square without enlarging, sides at least 1. */
export function fitInside(width: number, height: number, longest: number): { width: number; height: number } {
  const scale = Math.min(1, longest / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Side of a photo of a person, in px. */
export const portraitSide = 800;

/** The square of a picture that shows a face: the middle of a wide one, of a tall one a third from its top. */
export function squareOf(width: number, height: number): { x: number; y: number; side: number } {
  const side = Math.min(width, height);
  return { x: Math.round((width - side) / 2), y: Math.round((height - side) / 3), side };
}

/**
 * A camera picture made small enough for a bad network: turned upright, at most 1600 px, JPEG. What
 * the file carries beside the picture (position, owner) stays behind. Fails on what is no picture.
 */
export function compress(file: Blob): Promise<Blob> {
  return draw(file, (width, height) => ({ x: 0, y: 0, width, height, ...sized(fitInside(width, height, longestSide)) }));
}

/** A photo of a person from a camera picture: upright, square, small, JPEG. Fails on what is no picture. */
export function portrait(file: Blob): Promise<Blob> {
  return draw(file, (width, height) => {
    const { x, y, side } = squareOf(width, height);
    return { x, y, width: side, height: side, ...sized(fitInside(side, side, portraitSide)) };
  });
}

/** Which part of a picture is drawn, and how large. */
interface Cut {
  x: number;
  y: number;
  width: number;
  height: number;
  toWidth: number;
  toHeight: number;
}

const sized = ({ width, height }: { width: number; height: number }) => ({ toWidth: width, toHeight: height });

async function draw(file: Blob, cut: (width: number, height: number) => Cut): Promise<Blob> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  try {
    const { x, y, width, height, toWidth, toHeight } = cut(bitmap.width, bitmap.height);
    const canvas = document.createElement('canvas');
    canvas.width = toWidth;
    canvas.height = toHeight;
    const context = canvas.getContext('2d');
    if (!context) throw new Error('this browser draws no pictures');
    context.drawImage(bitmap, x, y, width, height, 0, 0, toWidth, toHeight);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture could not be written'))), 'image/jpeg', 0.8);
    });
  } finally {
    bitmap.close();
  }
}
