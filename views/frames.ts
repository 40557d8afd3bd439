/** What the cluster does is drawn at most this often, in ms: a frame costs some ms, and eyes cannot follow more. */
const FRAME_MS = 125;

/** Tells when to draw. */
export class Frames {
  readonly #draw: () => void;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #isDue = false;
  #later: NodeJS.Timeout | undefined;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  /** Something changed: it is drawn after the present turn if it is urgent, else when the last frame is old enough. */
  due(isUrgent: boolean): void {
    if (this.#isDue) return;
    const waitMs = isUrgent ? 0 : this.#drawnMs + FRAME_MS - performance.now();
    if (waitMs > 0) {
      this.#later ??= setTimeout(() => this.due(true), waitMs);
      return;
    }
    this.stop();
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      this.#drawnMs = performance.now();
      this.#draw();
    });
  }

  /** What is not drawn yet is not drawn any more, until something is due again. */
  stop(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
  }
}
