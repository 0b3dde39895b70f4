/** No more names are listed with a sentence. */
const maxNames = 4;

/** Sentences about files: what is true of many is said once, with their number and the first of them. */
export class Groups {
  private readonly names = new Map<string, string[]>();

  add(sentence: string, name: string): void {
    const names = this.names.get(sentence) ?? [];
    this.names.set(sentence, names);
    names.push(name);
  }

  /** `a.xyz: SENTENCE`, or `25 files (a.xyz, b.xyz, c.xyz, d.xyz, ...): SENTENCE`. */
  lines(): string[] {
    return this.map((sentence, names) => `${names}: ${sentence}`);
  }

  /** A line for each sentence, with the file or files that it is about. */
  map(format: (sentence: string, names: string) => string): string[] {
    return Array.from(this.names, ([sentence, names]) => {
      if (names.length === 1) return format(sentence, names[0]);
      const listed = names.slice(0, maxNames).join(', ') + (names.length > maxNames ? ', ...' : '');
      return format(sentence, `${names.length} files (${listed})`);
    });
  }
}
