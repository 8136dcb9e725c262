import type { DocumentDetail, FeatureDetail, ReportIndex } from "./types";

/** Reads the parts of a report, which lie in this page or, in the folder form, in files beside it. */
export class Report {
  private readonly parts = new Map<string, Promise<unknown>>();
  private readonly shardOf = new Map<number, number>();
  private readonly order: number[];

  private constructor(readonly index: ReportIndex) {
    this.order = index.detailed;
    this.order.forEach((feature, place) => this.shardOf.set(feature, Math.floor(place / index.shard_size)));
  }

  static async open(): Promise<Report> {
    return new Report((await readPart("index")) as ReportIndex);
  }

  hasDetail(feature: number): boolean {
    return this.shardOf.has(feature);
  }

  async feature(feature: number): Promise<FeatureDetail | null> {
    const shard = this.shardOf.get(feature);
    if (shard === undefined) {
      return null;
    }
    const details = (await this.part(`features-${shard}`)) as FeatureDetail[];
    return details.find((detail) => detail.feature === feature) ?? null;
  }

  document(place: number): Promise<DocumentDetail> {
    return this.part(`document-${place}`) as Promise<DocumentDetail>;
  }

  /** The pixels of a picture, row-major with the channels last, or null where rows are no pictures. */
  async image(row: number): Promise<Uint8Array | null> {
    const shape = this.index.images;
    if (!shape) {
      return null;
    }
    const images = (await this.part("images")) as Record<string, string>;
    const text = images[String(row)];
    return text === undefined ? null : fromBase64(text);
  }

  private part(name: string): Promise<unknown> {
    let found = this.parts.get(name);
    if (!found) {
      found = readPart(name);
      this.parts.set(name, found);
    }
    return found;
  }
}

async function readPart(name: string): Promise<unknown> {
  const element = document.getElementById(`part-${name}`);
  const compressed = element ? fromBase64(element.textContent!.trim()) : await fetchPart(name);
  const stream = new Blob([compressed as BlobPart]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

async function fetchPart(name: string): Promise<Uint8Array> {
  const response = await fetch(`parts/${name}.json.deflate`);
  if (!response.ok) {
    throw new Error(`${name}: the server answered ${response.status}.`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) {
    bytes[i] = binary.charCodeAt(i);
  }
  return bytes;
}
