// What a report holds. The names are those of report.json; src/SaeKernels.Report writes them.

/** A number, or the name of one that JSON lacks: "NaN", "Infinity". */
export type Num = number | string;

export interface Histogram {
  low: number;
  high: number;
  counts: number[];
}

/** A figure of every feature. */
export interface Column {
  name: string;
  title: string;
  note: string;
  scale: "linear" | "log";
  values: Num[];
}

export interface Curves {
  tokens: number[];
  series: { name: string; title: string; values: Num[] }[];
}

export interface PlaneMap {
  name: string;
  title: string;
  x: number[];
  y: number[];
}

export interface DensityCluster {
  title: string;
  low: number;
  high: number;
  features: number;
}

export interface SweepCell {
  latents: number;
  mse: number;
  bits: number;
}

/** A figure of a sweep: a row of values for each size; none where it is not known. */
export interface SweepMap {
  name: string;
  title: string;
  values: Num[][];
}

export interface SweepMaps {
  latents: number[];
  sparsity: string;
  sparsities: number[];
  maps: SweepMap[];
  unconverged: number[][];
}

export interface Sweep {
  verdict: string;
  latents: number | null;
  cells: SweepCell[];
  histograms: { caption: string } | null;
  maps: SweepMaps | null;
}

export interface ReportIndex {
  format: number;
  title: string;
  rows: "tokens" | "words" | "vectors" | "images";
  about: [string, string][];
  figures: { name: string; title: string; value: Num }[];
  features: number;
  vectors: number;
  pieces: string[];
  labels: (string | null)[] | null;
  columns: Column[];
  flags: string[][];
  summary: number[][];
  detailed: number[];
  shard_size: number;
  density: { histogram: Histogram; clusters: DensityCluster[]; silent: number };
  silent: number[];
  dense: number[];
  curves: Curves | null;
  maps: PlaneMap[];
  sweep: Sweep | null;
  documents: DocumentEntry[];
  images: { width: number; height: number; channels: number } | null;
}

export interface DocumentEntry {
  id: number;
  title: string;
  length: number;
}

/** Tokens around a vector: those of `tokens`, with the feature's activation at each; `focus` is the place of it. */
export interface Example {
  row: number;
  focus: number;
  tokens: number[];
  values: number[];
  document: number;
  position: number;
}

export interface Interval {
  low: number;
  high: number;
  count: number;
  examples: Example[];
}

export interface Neighbour {
  feature: number;
  value: number;
}

export interface DimensionValues {
  dimensions: number[];
  values: number[];
}

export interface TokenCount {
  token: number;
  active: number;
  total: number;
  mass: number;
}

export interface ProxySplit {
  name: string;
  title: string;
  classes: string[];
  edges: number[];
  favoured: number | null;
  correlation: Num;
  share: Num;
  level_high: number;
  counts: number[][];
  mass: number[][];
  specificity: Num[];
  labels: { density: Num; mean: Num; mass_share: Num; auroc: Num }[];
}

export interface TokenValue {
  text: string;
  value: number;
}

export interface Logits {
  top: TokenValue[];
  bottom: TokenValue[];
  histogram: Histogram;
}

export interface FeatureDetail {
  feature: number;
  active: number;
  histogram: Histogram;
  log_histogram: Histogram;
  cdf: { activation: number[]; share: number[] };
  top: Example[];
  intervals: Interval[];
  deciles: Interval[];
  tokens: TokenCount[];
  proxies: ProxySplit[];
  decoder_neighbours: Neighbour[];
  coactive: Neighbour[];
  pair: { feature: number; x: number[]; y: number[]; both: number } | null;
  decoder: DimensionValues;
  inputs: DimensionValues;
  logits: Logits | null;
  run_lengths: number[] | null;
  positions: { width: number; active: number[]; total: number[] } | null;
}

/** The active features of each token of a document, the strongest first. */
export interface DocumentDetail {
  id: number;
  first_row: number;
  tokens: number[];
  features: number[][];
  values: number[][];
  ranks: number[][];
}
