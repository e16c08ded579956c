import { deflateSync, inflateSync } from 'node:zlib';

/**
 * A picture of a screen with at most 256 colours: a third of its size, and hard to tell from the first one.
 * Takes what a browser writes: eight bits a channel, colours with or without transparency, not interlaced.
 * @param {Buffer} png
 * @returns {Buffer}
 */
export function fewColours(png) {
  const { width, height, channels, pixels } = read(png);
  const buckets = new Uint32Array(32_768 * 4); // how often, and the sums of red, green and blue, by five bits a channel
  for (let at = 0; at < pixels.length; at += channels) {
    const [r, g, b] = [pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0];
    const bucket = bucketOf(r, g, b) * 4;
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    buckets[bucket + 1] = (buckets[bucket + 1] ?? 0) + r;
    buckets[bucket + 2] = (buckets[bucket + 2] ?? 0) + g;
    buckets[bucket + 3] = (buckets[bucket + 3] ?? 0) + b;
  }
  /** @type {number[]} */
  const used = [];
  for (let one = 0; one < 32_768; one++) if (buckets[one * 4]) used.push(one);
  used.sort((a, b) => (buckets[b * 4] ?? 0) - (buckets[a * 4] ?? 0));
  const palette = used.slice(0, 256).map((one) => [1, 2, 3].map((part) => Math.round((buckets[one * 4 + part] ?? 0) / (buckets[one * 4] ?? 1))));
  const nearest = new Uint8Array(32_768);
  used.forEach((one, rank) => {
    nearest[one] = rank < 256 ? rank : closest(palette, [(one >> 10) * 8 + 4, ((one >> 5) & 31) * 8 + 4, (one & 31) * 8 + 4]);
  });
  const lines = Buffer.alloc(height * (width + 1));
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += channels) lines[y * (width + 1) + 1 + x] = nearest[bucketOf(pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0)] ?? 0;
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([png.subarray(0, 8), chunk('IHDR', head), chunk('PLTE', Buffer.from(palette.flat())), chunk('IDAT', deflateSync(lines, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

/** @param {number} r @param {number} g @param {number} b */
const bucketOf = (r, g, b) => ((r >> 3) << 10) | ((g >> 3) << 5) | (b >> 3);

/** @param {number[][]} palette @param {number[]} colour */
function closest(palette, colour) {
  let best = 0;
  let least = Infinity;
  palette.forEach((one, index) => {
    const far = one.reduce((sum, value, part) => sum + (value - (colour[part] ?? 0)) ** 2, 0);
    if (far < least) [best, least] = [index, far];
  });
  return best;
}

/** @param {Buffer} png */
function read(png) {
  let [width, height, channels] = [0, 0, 0];
  const parts = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const kind = png.toString('latin1', at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (kind === 'IHDR') {
      width = body.readUInt32BE(0);
      height = body.readUInt32BE(4);
      channels = body[9] === 6 ? 4 : body[9] === 2 ? 3 : 0;
      if (channels === 0 || body[8] !== 8 || body[12] !== 0) throw new Error('not a picture as a browser writes it');
    }
    if (kind === 'IDAT') parts.push(body);
    at += 12 + length;
  }
  return { width, height, channels, pixels: unfilter(inflateSync(Buffer.concat(parts)), width * channels, height, channels) };
}

/**
 * Takes the filters of the lines away (PNG, third edition, clause 9).
 * @param {Buffer} lines @param {number} stride bytes of a line @param {number} height @param {number} step bytes of a pixel
 */
function unfilter(lines, stride, height, step) {
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x >= step ? (out[at - step] ?? 0) : 0;
      const up = y > 0 ? (out[at - stride] ?? 0) : 0;
      const corner = x >= step && y > 0 ? (out[at - stride - step] ?? 0) : 0;
      const added = [0, left, up, (left + up) >> 1, filter === 4 ? paeth(left, up, corner) : 0][filter] ?? 0;
      out[at] = ((lines[y * (stride + 1) + 1 + x] ?? 0) + added) & 255;
    }
  }
  return out;
}

/** @param {number} left @param {number} up @param {number} corner */
function paeth(left, up, corner) {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** @param {string} kind @param {Buffer} body */
function chunk(kind, body) {
  const out = Buffer.alloc(12 + body.length);
  out.writeUInt32BE(body.length, 0);
  out.write(kind, 4, 'latin1');
  body.copy(out, 8);
  out.writeUInt32BE(check(out.subarray(4, 8 + body.length)), 8 + body.length);
  return out;
}

/** The CRC-32 of a chunk. @param {Buffer} bytes */
function check(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}
