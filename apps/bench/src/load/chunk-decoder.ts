/** Takes chunked framing (RFC 9112, section 7.1) off, strictly: anything unexpected is an error. */
export class ChunkDecoder {
  private rest = '';

  /** Text in latin1; answers what is inside of the chunks that are complete. @throws Error for bad framing. */
  decode(text: string): string {
    this.rest += text;
    let body = '';
    for (;;) {
      const end = this.rest.indexOf('\r\n');
      if (end < 0) {
        if (this.rest.length > 16) throw new Error(`Expected a chunk's size, got ${show(this.rest)}`);
        return body;
      }
      const head = this.rest.slice(0, end);
      if (!/^[\da-f]{1,8}$/i.test(head)) throw new Error(`Expected a chunk's size, got ${show(head)}`);
      const size = Number.parseInt(head, 16);
      const after = end + 2 + size;
      if (this.rest.length < after + 2) return body;
      if (this.rest.slice(after, after + 2) !== '\r\n')
        throw new Error(`Expected the end of a chunk of ${size}, got ${show(this.rest.slice(after))}`);
      body += this.rest.slice(end + 2, after);
      this.rest = this.rest.slice(after + 2);
    }
  }
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
