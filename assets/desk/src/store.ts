// State of the desk: what the server knows of the recording, where the person is, and what they do. Panels read its parts
// and subscribe to topics; they never read each other.

import { errorOf, type Api } from "./api.ts";
import { LiveStream } from "./live.ts";
import { Prefs, type KeyValueStore, type PrefName, type PrefValues } from "./prefs.ts";
import { DiaryData } from "./store_diary.ts";
import { DifferenceData } from "./store_differences.ts";
import { Edits } from "./store_edits.ts";
import { Navigation } from "./store_navigation.ts";
import { ProposalData } from "./store_proposals.ts";
import { ReviewData } from "./store_review.ts";
import { ServerSync } from "./store_server.ts";
import { StatementData } from "./store_statements.ts";
import { WaveData } from "./store_waves.ts";
import { Topics, type Topic } from "./topics.ts";

/** What leaves the desk for the page around it. */
export interface Host {
  /** Leave for the page that explains a beat. */
  explain?: (beat: number, startS: number) => void;
  /** Ask what a table of numbers holds once more. */
  layout?: () => void;
  /** Ask for the reviewer's name; resolves to whether there is one now. */
  askName?: () => Promise<boolean>;
  /** Note the place in the page's address. */
  address?: (place: { startS: number; beat: number | null }) => void;
}

/** Who is signed in: nobody edits under another name, or sends what somebody else has left in the browser. */
export interface SignedIn {
  name: string;
  account: string;
}

interface StoreOptions {
  api: Api;
  /** Identifier of the recording. */
  rec: string;
  storage?: KeyValueStore | null;
  host?: Host;
  startS?: number;
  beat?: number | null;
  signedIn?: SignedIn | null;
}

export class Store {
  api: Api;
  readonly rec: string;
  readonly host: Host;
  readonly review: ReviewData;
  readonly navigation: Navigation;
  readonly edits: Edits;
  readonly server: ServerSync;
  readonly waves: WaveData;
  readonly diary: DiaryData;
  readonly differences: DifferenceData;
  readonly statements: StatementData;
  readonly proposals: ProposalData;
  readonly live: LiveStream;
  /** The message to the person. */
  status = { text: "", problem: false };
  gone = false;
  readonly signedIn: SignedIn | null;
  private readonly topics = new Topics();
  private readonly preferences: Prefs;

  constructor({ api, rec, storage = null, host = {}, startS = 0, beat = null, signedIn = null }: StoreOptions) {
    this.api = api;
    this.rec = rec;
    this.host = host;
    this.signedIn = signedIn;
    this.preferences = new Prefs(storage, signedIn?.name);
    this.review = new ReviewData(this);
    this.navigation = new Navigation(this, startS, beat);
    this.edits = new Edits(this, storage);
    this.server = new ServerSync(this);
    this.waves = new WaveData(this);
    this.diary = new DiaryData(this);
    this.differences = new DifferenceData(this);
    this.statements = new StatementData(this);
    this.proposals = new ProposalData(this);
    this.live = new LiveStream(this);
  }

  /** Load the recording's state, then keep up with the server until `end`. */
  async begin(): Promise<void> {
    try {
      await this.review.refresh();
      this.edits.sendWaiting();
    } catch (problem) {
      this.showProblem(problem);
    }
    this.server.schedulePoll();
    this.diary.begin();
    this.proposals.start();
  }

  end(): void {
    this.gone = true;
    this.edits.outbox.stop();
    this.server.end();
    this.waves.end();
    this.diary.end();
    this.differences.end();
    this.statements.end();
    this.proposals.end();
    this.live.end();
    this.navigation.end();
    this.topics.clear();
  }

  subscribe(topic: Topic, listener: () => void): () => void {
    return this.topics.subscribe(topic, listener);
  }

  notify(topic: Topic): void {
    this.topics.notify(topic);
  }

  get prefs(): Readonly<PrefValues> {
    return this.preferences.values;
  }

  setPref<Name extends PrefName>(name: Name, value: PrefValues[Name]): void {
    if (this.preferences.set(name, value)) this.notify("prefs");
  }

  /** Show a message to the person; an empty text takes it away. */
  showMessage(text: string, { problem = false } = {}): void {
    this.status = { text, problem };
    this.notify("status");
  }

  /** Show what was thrown as a problem. */
  showProblem(thrown: unknown): void {
    this.showMessage(errorOf(thrown).message, { problem: true });
  }

  /** Go on with another token for the same recording: the server forgot the first. */
  replaceToken(api: Api): void {
    this.api = api;
    this.showMessage("");
    this.server.schedulePoll(0);
  }

  /** Leave for the page that explains a beat: one that detection found, where it found it. */
  explain(id = this.navigation.chosen): void {
    if (id === null || this.review.beats.indexOfId(id) < 0) this.showMessage("Choose a beat to explain first.");
    else if (id < 0) this.showMessage("This beat was added by a person: there is nothing that the model said of it.");
    else this.host.explain?.(id, this.navigation.view.startS);
  }
}
