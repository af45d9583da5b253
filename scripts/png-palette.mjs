// Makes a PNG of a page small: 256 colours instead of all. Enough for texts and lines, which have few; too few for photographs.
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const COLORS = 256;
/** Shades that differ by less share a place where colours are counted. */
const BUCKET_BITS = 5;

/** A PNG of 8-bit RGB or RGBA, as Chromium takes it, with the colours that it has most of. What is transparent becomes opaque. */
export function withPalette(png) {
  const { width, height, channels, data } = decode(png);
  const palette = popularColors(data, channels);
  const nearest = new Map();
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels;
      const color = (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
      let index = nearest.get(color);
      if (index === undefined) {
        index = nearestIndex(palette, color);
        nearest.set(color, index);
      }
      rows[y * (width + 1) + 1 + x] = index;
    }
  return encode(width, height, palette, rows);
}

function decode(png) {
  const parts = [];
  let header;
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') header = body;
    if (type === 'IDAT') parts.push(body);
    at += length + 12;
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = { 2: 3, 6: 4 }[header[9]];
  if (header[8] !== 8 || channels === undefined) throw new Error('Expected a PNG of 8-bit RGB or RGBA');
  return {
    width,
    height,
    channels,
    data: unfilter(inflateSync(Buffer.concat(parts)), width * channels, height, channels),
  };
}

/** Takes back the filters of section 9 of the PNG specification. */
function unfilter(raw, stride, height, channels) {
  const data = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const left = x >= channels ? data[y * stride + x - channels] : 0;
      const up = y > 0 ? data[(y - 1) * stride + x] : 0;
      const corner = x >= channels && y > 0 ? data[(y - 1) * stride + x - channels] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      data[y * stride + x] = raw[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return data;
}

function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** The most frequent color of each of the most frequent buckets. */
function popularColors(data, channels) {
  const buckets = new Map();
  for (let at = 0; at < data.length; at += channels) {
    const [red, green, blue] = [data[at], data[at + 1], data[at + 2]];
    const shift = 8 - BUCKET_BITS;
    const key = ((red >> shift) << (2 * BUCKET_BITS)) | ((green >> shift) << BUCKET_BITS) | (blue >> shift);
    const color = (red << 16) | (green << 8) | blue;
    const bucket = buckets.get(key) ?? { count: 0, colors: new Map() };
    bucket.count++;
    bucket.colors.set(color, (bucket.colors.get(color) ?? 0) + 1);
    buckets.set(key, bucket);
  }
  const exact = [...buckets.values()]
    .flatMap(({ colors }) => [...colors])
    .sort(byCount)
    .slice(0, COLORS / 2);
  const spread = [...buckets.values()]
    .sort((a, b) => b.count - a.count)
    .map(({ colors }) => [...colors].sort(byCount)[0]);
  return [...new Set([...exact, ...spread].map(([color]) => color))].slice(0, COLORS);
}

const byCount = (a, b) => b[1] - a[1];

function nearestIndex(palette, color) {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  palette.forEach((candidate, index) => {
    const red = (candidate >> 16) - (color >> 16);
    const green = ((candidate >> 8) & 255) - ((color >> 8) & 255);
    const blue = (candidate & 255) - (color & 255);
    const distance = 2 * red * red + 4 * green * green + 3 * blue * blue;
    if (distance >= least) return;
    least = distance;
    best = index;
  });
  return best;
}

function encode(width, height, palette, rows) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8);
  const colors = Buffer.from(palette.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]));
  const chunks = [
    ['IHDR', header],
    ['PLTE', colors],
    ['IDAT', deflateSync(rows, { level: 9 })],
    ['IEND', Buffer.alloc(0)],
  ];
  return Buffer.concat([SIGNATURE, ...chunks.map(([type, body]) => chunk(type, body))]);
}

function chunk(type, body) {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const made = Buffer.alloc(content.length + 8);
  made.writeUInt32BE(body.length, 0);
  content.copy(made, 4);
  made.writeUInt32BE(crc32(content) >>> 0, content.length + 4);
  return made;
}
