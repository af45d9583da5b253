import type { ConformanceCase } from '../case.ts';
import { parse } from './parse-case.ts';

const comment = parse('comments', 'comment');

export const COMMENTS: readonly ConformanceCase[] = [
  comment('before', 'a comment before a field is ignored', ': c\ndata: a\n\n', ['a']),
  comment('between', 'a comment within a block is ignored', 'data: a\n: data: c\n:data: d\ndata: b\n\n', [
    'a\nb',
  ]),
  comment('alone', 'a block of comments fires nothing', ': c\n\n:\n\n::\n\ndata: a\n\n', ['a']),
  comment('empty', 'a colon alone is a comment', 'data: a\n:\ndata: b\n\n', ['a\nb']),
  comment('field', 'a comment that looks like a field is none', ':id: 1\n:event: x\n:data: y\ndata: a\n\n', [
    'a',
  ]),
  comment('no-end', 'a comment does not end a block', 'data: a\n: c\n: c\n\ndata: b\n\n', ['a', 'b']),
  comment('cr', 'CR ends a comment', ': c\rdata: a\r\r:', ['a']),
  comment(
    'split',
    'a comment may come in two packets',
    [':', 20, ' data: c', 20, 'data: d\ndata: a\n\n'],
    ['a'],
  ),
  comment('invalid-bytes', 'a comment may have any bytes', ': \xff\xfe\0\x80\ndata: a\n\n', ['a']),
];
