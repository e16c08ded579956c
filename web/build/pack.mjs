// Packs dist into pack/web.zip, which the Go server embeds: a third of the size of the files. Names are in order and
// times are fixed, so that the same build gives the same bytes.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateRawSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const target = fileURLToPath(new URL('../pack/', import.meta.url));
const dosDate = (46 << 9) | (1 << 5) | 1; // 2026-01-01

/**
 * A file's header: the one before its bytes, or the one in the directory at the end.
 * @param {boolean} central
 * @param {string} name
 * @param {Buffer} raw
 * @param {Buffer} packed
 * @param {number} offset of the file's own header, for the directory
 */
function header(central, name, raw, packed, offset) {
  const path = Buffer.from(name);
  const head = Buffer.alloc(central ? 46 : 30);
  head.writeUInt32LE(central ? 0x02014b50 : 0x04034b50, 0);
  const at = central ? 6 : 4;
  if (central) head.writeUInt16LE(20, 4);
  head.writeUInt16LE(20, at);
  head.writeUInt16LE(0x0800, at + 2); // names are UTF-8
  head.writeUInt16LE(8, at + 4); // deflate
  head.writeUInt16LE(dosDate, at + 8);
  head.writeUInt32LE(crc32(raw), at + 10);
  head.writeUInt32LE(packed.length, at + 14);
  head.writeUInt32LE(raw.length, at + 18);
  head.writeUInt16LE(path.length, at + 22);
  if (central) head.writeUInt32LE(offset, 42);
  return Buffer.concat([head, path]);
}

const names = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name !== '.gitkeep')
  .map((entry) => relative(dist, `${entry.parentPath}/${entry.name}`).replaceAll('\\', '/'))
  .sort();
const bodies = [];
const directory = [];
let offset = 0;
for (const name of names) {
  const raw = readFileSync(dist + name);
  const packed = deflateRawSync(raw, { level: 9 });
  const head = header(false, name, raw, packed, 0);
  directory.push(header(true, name, raw, packed, offset));
  bodies.push(head, packed);
  offset += head.length + packed.length;
}
const central = Buffer.concat(directory);
const end = Buffer.alloc(22);
end.writeUInt32LE(0x06054b50, 0);
end.writeUInt16LE(names.length, 8);
end.writeUInt16LE(names.length, 10);
end.writeUInt32LE(central.length, 12);
end.writeUInt32LE(offset, 16);
mkdirSync(target, { recursive: true });
writeFileSync(`${target}web.zip`, Buffer.concat([...bodies, central, end]));
console.log(`pack: ${names.length} files, ${((offset + central.length) / 1000).toFixed(0)} kB`);
