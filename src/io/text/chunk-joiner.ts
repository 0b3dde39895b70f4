/** Puts a chunk behind what is left of the one before, in memory that is used again for the next. */
export class ChunkJoiner {
  private store: Buffer = Buffer.alloc(0);

  /** `rest` and `chunk` after one another, until the next call; `rest` may be a part of what the last one gave. */
  join(rest: Buffer, chunk: Uint8Array): Buffer {
    if (rest.length === 0) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const size = rest.length + chunk.length;
    const store = size > this.store.length ? Buffer.allocUnsafeSlow(2 * size) : this.store;
    rest.copy(store);
    store.set(chunk, rest.length);
    this.store = store;
    return store.subarray(0, size);
  }
}
