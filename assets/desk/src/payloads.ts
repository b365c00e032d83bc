// What travels between server and browser: the payloads of every route below /api/desk (pages/api/routes.py) in both
// directions. tests/desk/test_payload_contract.py checks what the server writes against these types, and reads with the
// server's own parser what the browser writes.
//
// Lengths of time are in seconds (`_s`), samples are counted at the recording's own rate, signal is in mV. What is not
// known is null.

export type Label = "N" | "S" | "V" | "F" | "Q";
export type Mark = "seen" | "dismissed" | "report";
/** Begin and end in seconds. */
export type SpanS = [number, number];

// Answers in JSON

/** Whether the waves are there, under way, still to be asked for, or could not be had. */
export type WavesState = "waiting" | "running" | "ready" | "failed";

export interface WavesStatus {
  state: WavesState;
  share: number;
  problem: string | null;
  revision: number;
}

/** Waves of one beat. Boundaries are onset, peak and end of P, QRS and T as samples; null where a wave is absent. */
export interface WaveBeatPayload {
  id: number;
  sample: number;
  /** Of each lead: whether it can be read at the beat. */
  assessed: boolean[];
  boundaries: (number | null)[][];
  /** The same in all leads together. */
  common: (number | null)[];
  /** Of P, QRS and T in each lead, in percent. */
  confidence: number[][];
  /** What people have set: lead, null for all, and place in the list of nine boundaries. */
  set: [number | null, number][];
  /** In ms, from the boundaries of all leads together; null where one is missing. */
  intervals: Record<string, number | null>;
}

export interface WavesPayload extends WavesStatus {
  beats: WaveBeatPayload[];
}

export interface MeasuredValue {
  value: number | null;
  sd: number | null;
  n: number;
  /** Why there is no value. */
  reason?: string;
}

export interface DeviceValuePayload {
  label: string;
  text: string;
  /** The quantity of ours that it is compared with. */
  quantity: string | null;
  difference: number | null;
  differs: boolean;
}

export interface CriterionPayload {
  name: string;
  limit: string;
  measured: string;
  /** Null where it cannot be measured. */
  met: boolean | null;
}

export interface StatementPayload {
  code: string;
  text: string;
  severity: string;
  reason: string;
  source: string;
  criteria: CriterionPayload[];
  /** How well it is found. */
  performance?: string;
}

export interface InterpretationPayload {
  statements: StatementPayload[];
  /** Words of what was looked for and not found, by code. */
  looked_for: Record<string, string>;
  not_assessed: Record<string, { text: string; reason: string }>;
  disclaimer: string;
}

/** Formulas that correct QT for the heart rate. */
export type QtcFormula = "bazett" | "fridericia" | "framingham" | "hodges";
export type QtcQuantity = `qtc_${QtcFormula}_ms`;

/** The median of the usual beats, in mV against the baseline before QRS; boundaries are places in its samples. */
export interface MedianBeatPayload {
  fs_hz: number;
  lead_names: string[];
  signal_mv: (number | null)[][];
  boundaries: (number | null)[][];
  common: (number | null)[];
}

export interface MeasuredPayload {
  /** Which beats were measured. */
  basis: string;
  overall: Record<string, MeasuredValue>;
  leads: Record<string, Record<string, MeasuredValue>>;
  /** Leads whose amplitudes are relative, with the reason. */
  relative: Record<string, string>;
  device: DeviceValuePayload[];
  interpretation: InterpretationPayload;
  st_not_assessed: Record<string, string>;
  median: MedianBeatPayload | null;
}

/** The median beat of one family. */
export interface FamilyMeasuredPayload extends WavesStatus {
  family: number;
  /** Null until the waves are there, and where the family has no beats any more. */
  measured: { basis: string; overall: Record<string, MeasuredValue> } | null;
}

/** What speaks for and against the class of a beat. */
export interface CriteriaPayload {
  label: Label | null;
  summary: string;
  criteria: CriterionPayload[];
  intervals_ms: Record<"p_ms" | "pr_ms" | "qrs_ms" | "qt_ms" | QtcQuantity, number | null>;
}

/** What speaks for and against an episode. */
export interface EpisodeCriteriaPayload {
  criteria: CriterionPayload[];
}

export interface MeasurementsPayload extends WavesStatus {
  measured: MeasuredPayload | null;
}

export type Stage = "beats" | "found" | "classified";

export interface JobPayload {
  what: "classes" | "beats";
  stage: string;
  /** Done of all, 0 to 1. */
  share: number;
  problem: string | null;
  /** How long the whole may take; null where that is not long. */
  long_s: number | null;
}

export interface LeadPayload {
  name: string;
  calibrated: boolean;
  /** How many times its size it is drawn. */
  scale: number;
  /** Usual extremes around its level. */
  range_mv: [number, number];
  offset_mv: number;
}

export interface RecordingPayload {
  rec: string;
  name: string;
  fs_hz: number;
  n_samples: number;
  duration_s: number;
  /** Time of day at which it starts, in seconds since midnight. */
  clock_s: number | null;
  /** ISO 8601. */
  start_time: string | null;
  synthetic: boolean;
  /** Sex and age. */
  person: string | null;
  notes: string[];
  lead_notes: string[];
  leads: LeadPayload[];
  annotators: string[];
}

export interface ModelPayload {
  name: string;
  device: string | null;
  sha256: string;
}

export interface SummaryPayload {
  duration_s: number;
  readable_share: number | null;
  n_beats: number;
  n_by_class: Record<Label, number> | null;
  burden_v_percent: number | null;
  burden_s_percent: number | null;
  mean_rate_bpm: number | null;
  min_rate_bpm: number | null;
  min_rate_sample: number | null;
  max_rate_bpm: number | null;
  max_rate_sample: number | null;
  longest_rr_s: number | null;
  longest_rr_sample: number | null;
  n_by_kind: Record<string, number | null>;
  longest_v_run_beats: number | null;
  fastest_v_run_bpm: number | null;
  af_share: number | null;
  /** Null where no flutter was found, too. */
  afl_share: number | null;
  n_uncertain: number;
}

/** Who found an event: the beats, the signal, pacing spikes, a person, or the device that made the file. */
export type EventOrigin = "beats" | "signal" | "pacing" | "person" | "device";

/** Events in order of urgency, a list for each column. */
export interface EpisodesPayload {
  key: string[];
  kind: string[];
  title: string[];
  start_sample: number[];
  stop_sample: number[];
  n_beats: number[];
  rate_bpm: (number | null)[];
  reason: string[];
  source: EventOrigin[];
  sign: string[];
  /** Bits: 1 seen, 2 dismissed, 4 for the report. */
  marks: number[];
}

/** Where the single beats of a kind belong among the events, and at which version they are. */
export interface SinglesPlaces {
  version: number;
  at: Record<string, number>;
}

export interface ConflictVersion {
  entry: number;
  person: string;
  label: Label | null;
  sample: number;
  deleted: boolean;
}

export interface ConflictGroup {
  n_beats: number;
  /** Pairs of id and sample. */
  beats: [number, number][];
  versions: ConflictVersion[];
}

export interface ConflictsPayload {
  n_beats: number;
  groups: ConflictGroup[];
}

/** What is told of pacing; counts only where spikes were found. */
export interface PacingSummary {
  assessable: boolean;
  note?: string;
  n_spikes: number | null;
  mode?: string | null;
  n_atrial_spikes?: number;
  n_ventricular_spikes?: number;
  n_ventricular_paced_beats?: number;
  n_atrial_paced_beats?: number;
  n_without_capture?: number;
  n_not_inhibited?: number;
}

/** Which kinds of events were looked for and which were not. */
export interface CoveragePayload {
  assessed: string[];
  /** Why, by kind. */
  not_assessed: Record<string, string>;
  checked: string;
  unchecked: string;
  unchecked_names: string;
  remarks: string[];
}

export interface PerformancePayload {
  short: string;
  sentence: string;
}

/** A dangerous event that does not count, since a person has named the signal there an artefact. */
export interface SetAsidePayload {
  kind: string;
  title: string;
  start_sample: number;
  stop_sample: number;
  /** `marked as artefact by Ann`. */
  told: string;
  /** Why the event was found. */
  reason: string;
}

/** A span whose rhythm a person has named. */
export interface RhythmPayload {
  span: number;
  start_sample: number;
  stop_sample: number;
  rhythm: string;
  by: string;
}

export interface FamilyPayload {
  index: number;
  n_beats: number;
  label: Label | null;
  certainty: number | null;
  unreadable: boolean;
  /** Mean interval before and after, 1 being the local median. */
  before: number | null;
  after: number | null;
  /** Mean and spread of the shape, a list for each lead. */
  mean_mv: (number | null)[][];
  spread_mv: (number | null)[][];
  typical_id: number | null;
}

/** What undo or redo would do. */
export interface HistoryEntry {
  entry: number;
  text: string;
  /** First and last sample that it changes. */
  samples: [number, number] | null;
}

export interface HistoryPayload {
  undo: HistoryEntry | null;
  redo: HistoryEntry | null;
}

export interface RefusedEntry {
  entry: number;
  sentence: string;
}

/** All that changes with an edit, except the beats themselves. */
export interface ReviewPayload {
  revision: number;
  summary: SummaryPayload | null;
  episodes: EpisodesPayload | null;
  singles: SinglesPlaces | null;
  /** Texts by key of the event. */
  notes: Record<string, string>;
  conflicts: ConflictsPayload;
  pacing: PacingSummary | null;
  coverage: CoveragePayload | null;
  set_aside: SetAsidePayload[];
  performance: Record<string, PerformancePayload>;
  rhythms: RhythmPayload[];
  families: FamilyPayload[];
  family_offsets_s: number[];
  quality: { seconds: number; /** Of each lead. */ unreadable: SpanS[][] | null };
  history: HistoryPayload;
  refused: RefusedEntry[];
}

/** Something in a live stream that was not as expected. */
export interface LiveNotice {
  kind: "gap" | "repeat" | "sequence" | "different" | "reconnected";
  time_s: number;
  sentence: string;
}

/** State of a live stream. */
export interface LivePayload {
  /** Counts the steps of its analysis. */
  number: number;
  state: "live" | "stopped" | "ended";
  /** Since samples came last. */
  silent_s: number;
  received_s: number;
  analysed_s: number;
  /** Its beats do not change any more. */
  settled: boolean;
  /** Why it ended. */
  ended: string | null;
  /** Why it is not analysed any more. */
  problem: string | null;
  n_notices: number;
  /** The latest ones. */
  notices: LiveNotice[];
  /** Dangerous events that were told and did not hold. */
  n_withdrawn: number;
  /** The latest of them. */
  withdrawn: { title: string; start_s: number; stop_s: number } | null;
}

export interface StatePayload extends ReviewPayload {
  stage: Stage;
  job: JobPayload | null;
  recording: RecordingPayload;
  model: ModelPayload | null;
  person: string;
  /** Why no edit can be stored. */
  edits_problem: string | null;
  /** Of a live stream. */
  live: LivePayload | null;
}

/** Who edited a beat last. */
export interface EditPayload {
  person: string;
  /** ISO 8601. */
  at: string;
  action: string;
}

export interface FileAnnotations {
  name: string;
  problem?: string;
  n?: number;
  n_beats?: number;
  n_rhythms?: number;
}

export interface FilePayload {
  format: string;
  start_time: string | null;
  leads: { name: string; original: string; calibrated: boolean }[];
  left_out: string[];
  notes: string[];
  measurements: [string, string][];
  statements: string[];
  annotations: FileAnnotations[];
  /** What a person said of a table of numbers. */
  given: [string, string][];
}

export interface IdentityPayload {
  about: "person" | "device" | "texts";
  /** Labels and texts. */
  lines: [string, string][];
}

export interface TrendColumnPayload {
  name: string;
  title: string;
  unit: string;
  /** Heading that neighbouring columns share. */
  group: string;
  digits: number;
  /** What a click on a cell shows. */
  leads_to: string;
}

/** A row of the hourly table; its lists have a place for each column. */
export interface TrendRowPayload {
  kind: "hour" | "day" | "night" | "whole";
  spans_s: SpanS[];
  values: (number | null)[];
  /** Where what the value rests on is seen. */
  samples: (number | null)[];
  /** Why there is no value. */
  reasons: string[];
}

export interface TrendsPayload {
  revision: number;
  /** Hours of the clock at which the day begins and ends. */
  day_hours: [number, number];
  has_clock: boolean;
  n_dismissed: number;
  /** Formula of its QTc. */
  qtc: QtcFormula;
  columns: TrendColumnPayload[];
  rows: TrendRowPayload[];
}

export interface VariabilityMeasure {
  name: string;
  title: string;
  unit: string;
  group: string;
  digits: number;
  meaning: string;
  value: number | null;
  /** Why there is no value. */
  reason: string;
  /** Of healthy people of this age and sex. */
  reference: HealthyPayload | null;
}

/** What healthy people have: mean and standard deviation, or the range of 95 % of them. */
export interface HealthyPayload {
  mean: number | null;
  sd: number | null;
  low: number | null;
  high: number | null;
  /** Who they are: "women, 35 to 44 years". */
  group: string;
  source: string;
}

export type Sex = "F" | "M";

export interface TurbulencePayload {
  onset_percent: number | null;
  slope_ms: number | null;
  category: number | null;
  n_beats: number;
  n_ventricular: number;
  reason: string | null;
}

export type VariabilityPart = "span" | "whole" | "day" | "night";

/** Heart-rate variability of a span. */
export interface VariabilityPayload {
  revision: number;
  part: VariabilityPart;
  /** To which the references belong; null where none is known or chosen. */
  age_years: number | null;
  age_of_file: number | null;
  /** As the age: chosen, or the file's own. */
  sex: Sex | null;
  sex_of_file: Sex | null;
  spans_s: SpanS[];
  n_nn: number;
  nn_s: number;
  left_out_share: number;
  left_out: { cause: string; n: number; time_s: number }[];
  n_interpolated: number;
  /** Why there are no values at all. */
  refused: string | null;
  measures: VariabilityMeasure[];
  turbulence: TurbulencePayload | null;
}

/** Where the recording stands in the worklist. */
export interface WorklistPayload {
  /** Null where it is not in the worklist. */
  status: "new" | "reading" | "read" | "signed" | "amended" | null;
  assigned_to: string | null;
  mine: boolean;
  /** How far away it is, in words. */
  due: string | null;
  overdue: boolean;
  /** New recordings that nobody has claimed. */
  n_free: number;
  /** SHA-256 of the recording to go on with. */
  next: string | null;
  said: string | null;
  /** Why the worklist cannot be read. */
  problem: string | null;
}

export type DiaryKind = "diary" | "button" | "sleep" | "activity" | "note";

/** Rhythm, beats and mean rate from 30 s before an entry to 30 s after it. */
export interface SurroundingsPayload {
  rhythm: string;
  beats: string;
  rate_bpm: number | null;
}

export interface DiaryEntryPayload {
  /** By which it is withdrawn; null for what the file tells. */
  uuid: string | null;
  kind: DiaryKind;
  title: string;
  start_sample: number;
  /** The same for a moment. */
  stop_sample: number;
  text: string;
  /** Who has added it, and when (ISO 8601); null for what the file tells. */
  by: string | null;
  at: string | null;
  /** Null before beats have been found. */
  around: SurroundingsPayload | null;
}

/** When the person slept, and what that rests on. */
export interface SleepPayload {
  basis: "by hand" | "estimated" | "none";
  told: string;
  spans_s: SpanS[];
}

export interface DiaryPayload {
  version: number;
  /** In order of time. */
  entries: DiaryEntryPayload[];
  sleep: SleepPayload | null;
  /** What could not be read. */
  problems: string[];
}

export interface SleepColumnPayload {
  name: string;
  title: string;
  unit: string;
  digits: number;
}

/** Figures asleep, awake or in activity; its lists have a place for each column. */
export interface SleepRowPayload {
  name: "asleep" | "awake" | "activity";
  spans_s: SpanS[];
  values: (number | null)[];
  samples: (number | null)[];
  reasons: string[];
}

export interface SleepFiguresPayload extends SleepPayload {
  columns: SleepColumnPayload[];
  rows: SleepRowPayload[];
}

export interface ReaderPayload {
  name: string;
  n_edits: number;
  /** Edits that change nothing without those of others. */
  n_lost: number;
}

export interface ReaderAgreementPayload {
  first: ReaderPayload;
  second: ReaderPayload;
  /** Classes, and a dash for what is no beat. */
  categories: string[];
  /** Beats by the first reader's category (rows) and the second one's. */
  counts: number[][];
  /** Beats that either has changed. */
  n_changed: number;
  /** Null where it is not defined. */
  kappa: number | null;
  kappa_changed: number | null;
  n_differences: number;
  /** The first of them, in order of time. */
  differences: { sample: number; first: string; second: string }[];
  events: { title: string; first: number; second: number; both: number }[];
  n_event_differences: number;
  event_differences: { title: string; start_sample: number; reader: string }[];
  /** Diagnostic statements of one reader alone; null where waves were not delineated. */
  statements: { text: string; reader: string }[] | null;
  n_statements: number;
}

export interface ReadersPayload {
  /** Who has edited the recording, those with the most edits first. */
  readers: ReaderPayload[];
  agreement: ReaderAgreementPayload | null;
}

export interface ImportProgress {
  done: number;
  total: number;
}

export interface ExportProgress {
  key: string;
  share: number;
  ready: boolean;
  name: string | null;
  bytes: number | null;
  problem: string | null;
  said: string[];
}

/** Why a request was refused. */
export interface ProblemPayload {
  problem: string;
  /** Sending it again never helps. */
  final?: boolean;
  /** The account's role does not allow it. */
  denied?: boolean;
}

// Packed answers: a head in JSON, and arrays behind it (wire.ts)

export type Numbers = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Float32Array | Float64Array;

export interface Packed<Meta, Arrays> {
  meta: Meta;
  arrays: Arrays;
  shapes: Record<keyof Arrays, number[]>;
}

/** Columns of the beat table, in order of time; 255 stands for nothing in a column of bytes. */
export interface BeatColumns {
  /** The sample at which detection found the beat; negative for one that a person added. */
  id: Int32Array;
  sample: Int32Array;
  /** Index of the class. */
  label: Uint8Array;
  /** Five to a beat, in steps of 1/255. */
  p: Uint8Array;
  /** Bits: 1 relabelled, 2 added, 4 moved. */
  edited: Uint8Array;
  quality: Uint8Array;
  family: Int16Array;
  distance: Uint8Array;
}

export type BeatsPayload = Packed<{ revision: number; fs_hz: number; distance_scale: number }, BeatColumns>;

export interface DeltaMeta {
  derived: ReviewPayload;
  /** The columns are those of all beats, not only of those that are new or changed. */
  full: boolean;
  distance_scale: number;
  said: string | null;
  edits_problem: string | null;
}

export type DeltaArrays = BeatColumns & { /** Ids of beats that are gone. */ removed: Int32Array };
export type DeltaPayload = Packed<DeltaMeta, DeltaArrays>;

/** What is new of a live stream; its beats take the place of those from `from_sample` on. */
export type LiveNewsPayload = Packed<
  {
    live: LivePayload;
    found: { recording: RecordingPayload; derived: ReviewPayload; from_sample: number; edits_problem: string } | null;
  },
  BeatColumns
>;

/** Chunks of signal: `c<k>` has the counts of chunk k, one lead after the other, -32768 where absent. */
export type SpanPayload = Packed<
  {
    first: number;
    count: number;
    rate_hz: number;
    filter: string;
    /** First sample of each chunk. */
    starts: number[];
  },
  { /** mV of a count, of each lead. */ lsb: Float32Array } & Record<`c${number}`, Int16Array>
>;

export type DisclosurePayload = Packed<
  { start_s: number; row_s: number; width: number; scale_mv: number; lead: number },
  { /** Least and largest value of each column of each row; -128 where absent. */ minmax: Int8Array }
>;

export type ReferencePayload = Packed<
  { name: string; symbols: string[]; notes: string[] },
  { sample: Int32Array; symbol: Uint8Array; note: Uint16Array; beat: Uint8Array; /** 255 for no beat. */ aami: Uint8Array }
>;

export type Judgement = "program" | "file" | "unsure";

/** One count of the file beside the audited one. */
export interface AuditCountPayload {
  kind: string;
  name: string;
  file: number;
  confirmed: number;
  refuted: number;
  uncertain: number;
  missed: number;
  doubtful: number;
  /** Of all beats, or of the time. */
  file_percent: number | null;
  audited_percent: number | null;
  audited: number;
}

export interface DifferencesMeta {
  revision: number;
  /** Of the annotation set. */
  name: string;
  n_differences: number;
  kappa: number | null;
  agreement: Record<Label, number | null>;
  /** Rows and columns of the confusion table. */
  classes: string[];
  confusion: number[][];
  /** What was left out, and how much of it. */
  not_compared: [string, number][];
  notes: string[];
  counts: AuditCountPayload[];
  /** Classes and kinds; "none" stands for nothing. */
  words: { code: string; title: string }[];
  verdicts: { code: string; title: string; refuted: boolean }[];
  judgements: Judgement[];
  reasons: string[];
  persons: string[];
}

/** A verdict on one statement of the file, or on an urgent finding of the program that none names. */
export interface StatementVerdictPayload {
  /** In the file's own words; empty for a finding that no statement names. */
  statement: string;
  /** What it is about; empty where that is not compared. */
  name: string;
  standing: "stated" | "hedged" | "negated";
  verdict: StatementWord;
  title: string;
  reason: string;
}

export type StatementWord = "confirmed" | "not_found" | "contradicted" | "not_assessed" | "unstated";

export interface StatementAuditPayload {
  /** Whether the waves were there: without them much is not assessed. */
  complete: boolean;
  counts: Record<StatementWord, number>;
  /** In order of urgency. */
  verdicts: StatementVerdictPayload[];
}

/** Differences in order of consequence; columns of bytes point into the lists of the meta, 255 for nothing. */
export type DifferencesPayload = Packed<
  DifferencesMeta,
  {
    episode: Uint8Array;
    sample: Int32Array;
    stop: Int32Array;
    program: Uint8Array;
    reference: Uint8Array;
    person: Uint8Array;
    verdict: Uint8Array;
    reason: Int32Array;
    judged: Uint8Array;
    by: Uint8Array;
  }
>;

export type SpikesPayload = Packed<
  { chambers: string[] },
  { sample: Int32Array; /** Place in `chambers`. */ chamber: Uint8Array; failed: Uint8Array }
>;

/** Maps of some beats: `s<k>` has that of the k-th one, one lead after the other, 255 where it is strongest. */
export type SaliencyPayload = Packed<
  { beats: { id: number; start_sample: number; n: number; target: Label }[]; method: string },
  Record<`s${number}`, Uint8Array>
>;

/**
 * Single ectopic beats. For each kind `marks_<kind>`; where the browser does not have this version yet, `<kind>` with the
 * samples and `early_<kind>` with the prematurity in percent, -32768 where it is not known.
 */
export type SinglesPayload = Packed<
  { version: number; kinds: { kind: string; title: string; sign: string; n: number }[] },
  Partial<Record<`SINGLE_${string}`, Int32Array> & Record<`early_${string}`, Int16Array>> & Record<`marks_${string}`, Uint8Array>
>;

/** Classes proposed for beats; `b<k>` has the ids of the k-th proposal, those most surely alike first. */
export type ProposalsPayload = Packed<
  { revision: number; proposals: { label: Label; /** For the log. */ reason: string; n: number }[] },
  Record<`b${number}`, Int32Array>
>;

// What the browser posts

export interface Relabel {
  action: "relabel";
  beats: number[];
  label: Label;
}
/** A proposal that was accepted. */
export interface RelabelSimilar {
  action: "relabel_similar";
  beats: number[];
  label: Label;
  reason: string;
}
export interface RelabelSpan {
  action: "relabel_span";
  start_sample: number;
  stop_sample: number;
  label: Label;
}
export interface RelabelFamily {
  action: "relabel_family";
  family: number;
  label: Label;
}
export interface AddBeat {
  action: "add";
  /** Negative. */
  beat: number;
  sample: number;
  label: Label;
}
export interface MoveBeat {
  action: "move";
  beat: number;
  from_sample: number;
  to_sample: number;
}
export interface DeleteBeats {
  action: "delete";
  /** Pairs of id and sample. */
  beats: [number, number][];
}
export const BOUNDARIES = ["p_on", "p_peak", "p_off", "qrs_on", "qrs_peak", "qrs_off", "t_on", "t_peak", "t_off"] as const;
export interface SetBoundary {
  action: "set_boundary";
  beat: number;
  boundary: (typeof BOUNDARIES)[number];
  /** Null for all leads. */
  lead: number | null;
  /** Null where there was none. */
  from_sample: number | null;
  /** Null where the whole wave is absent. */
  to_sample: number | null;
}
export interface MergeFamilies {
  action: "merge_families";
  family: number;
  into: number;
}
export interface SetRhythm {
  action: "set_rhythm";
  span: number;
  start_sample: number;
  stop_sample: number;
  rhythm: string;
  /** Keys of the dangerous events that the name overrules. */
  overrules: string[];
}
export interface TrimRhythm {
  action: "trim_rhythm";
  span: number;
  start_sample: number;
  stop_sample: number;
}
export interface DeleteRhythm {
  action: "delete_rhythm";
  span: number;
}
export interface MarkEvents {
  action: "mark_events";
  events: string[];
  mark: Mark;
  on: boolean;
}
/** Of an older version of the desk; browsers may still keep one that was not sent. */
export interface MarkEvent {
  action: "mark_event";
  event: string;
  mark: Mark | null;
}
export interface NoteEvent {
  action: "note_event";
  event: string;
  text: string;
}
/** Who is right where program and file differ; null takes an earlier judgement back. */
export interface JudgeDifference {
  action: "judge_difference";
  /** Name of the annotation set. */
  annotator: string;
  /** Key of the difference: `beat:SAMPLE:PROGRAM>FILE` or `episode:...`. */
  difference: string;
  judgement: Judgement | null;
}
export interface SettleConflict {
  action: "settle_conflict";
  /** Entries of the log. */
  kept: number;
  given_up: number[];
}

export type Edit =
  | Relabel
  | RelabelSimilar
  | RelabelSpan
  | RelabelFamily
  | AddBeat
  | MoveBeat
  | DeleteBeats
  | SetBoundary
  | MergeFamilies
  | SetRhythm
  | TrimRhythm
  | DeleteRhythm
  | MarkEvents
  | MarkEvent
  | NoteEvent
  | JudgeDifference
  | SettleConflict;

/** An edit with the name that makes sending it twice harmless. */
export type NamedEdit = Edit & { uuid: string };

export interface EditsRequest {
  uuid: string;
  since: number;
  edits: NamedEdit[];
  /** Revision that the person had before them. */
  based_on: number;
}
export interface HistoryRequest {
  uuid: string;
  since: number;
}
export interface SplitRequest {
  uuid: string;
  since: number;
  family: number;
}
export interface JobRequest {
  do: "detect" | "waves" | "classify" | "cancel" | "retry";
}
export interface WorklistRequest {
  /** `read_next` marks the recording as read before it goes on. */
  do: "add" | "claim" | "release" | "read" | "next" | "read_next";
}
export interface PlaceRequest {
  start_s: number;
  beat: number | null;
}
export interface DiaryRequest {
  uuid: string;
  kind: DiaryKind;
  start_sample: number;
  stop_sample: number;
  text: string;
}
export interface ImportRequest {
  log: string;
  since: number;
}
export interface ExportRequest {
  format: string;
  marks: "reviewed" | "file" | "none";
  /** Null for the begin and the end of the recording. */
  start_s: number | null;
  stop_s: number | null;
}

// Routes

/** GET, answered in JSON; null where there is nothing (204). */
export interface JsonRoutes {
  state: StatePayload;
  waves: WavesPayload;
  measurements: MeasurementsPayload;
  family: FamilyMeasuredPayload;
  criteria: CriteriaPayload | null;
  episode_criteria: EpisodeCriteriaPayload | null;
  edit: EditPayload | null;
  file: FilePayload;
  import: ImportProgress | null;
  worklist: WorklistPayload;
  trends: TrendsPayload | null;
  variability: VariabilityPayload | null;
  diary: DiaryPayload | null;
  sleep: SleepFiguresPayload | null;
  readers: ReadersPayload;
  statements: StatementAuditPayload | null;
  "export/signal": ExportProgress;
}

/** GET, answered with packed arrays; null where there is nothing (204). */
export interface PackedRoutes {
  beats: BeatsPayload;
  span: SpanPayload;
  disclosure: DisclosurePayload;
  reference: ReferencePayload | null;
  differences: DifferencesPayload | null;
  pacing: SpikesPayload | null;
  saliency: SaliencyPayload;
  singles: SinglesPayload;
  changes: DeltaPayload | null;
  proposals: ProposalsPayload | null;
  live: LiveNewsPayload;
}

/** GET, answered with a file to save. */
export type FileRoute = "export/log.json" | "export/beats.csv" | "export/beats.zip" | "export/signal/file";

/** POST: what is sent, and what is answered. */
export interface PostRoutes {
  edits: { body: EditsRequest; answer: DeltaPayload };
  undo: { body: HistoryRequest; answer: DeltaPayload };
  redo: { body: HistoryRequest; answer: DeltaPayload };
  "families/split": { body: SplitRequest; answer: DeltaPayload };
  job: { body: JobRequest; answer: StatePayload };
  identity: { body: Record<string, never>; answer: IdentityPayload | null };
  saliency: { body: Record<string, never>; answer: null };
  diary: { body: DiaryRequest; answer: DiaryPayload };
  "diary/withdraw": { body: { uuid: string }; answer: DiaryPayload };
  place: { body: PlaceRequest; answer: null };
  import: { body: ImportRequest; answer: DeltaPayload };
  worklist: { body: WorklistRequest; answer: WorklistPayload };
  "export/signal": { body: ExportRequest; answer: ExportProgress };
  "export/signal/stop": { body: { key: string }; answer: null };
}
