// What is used of two libraries that come without types. Only the chart's own file is imported: the whole of
// blessed-contrib would load maps, pictures and Markdown too, and take three times as long.

declare module 'blessed' {
  namespace blessed {
    interface Screen {
      /** The picture, cell by cell; the foreground's colour index is in bits 9 to 17 of `attributes`. */
      readonly lines: (readonly [attributes: number, character: string])[][];
      readonly program: { cols: number; rows: number };
      /** Makes the picture as large as the program says, and blank. */
      alloc(): void;
      /** Takes it from where it was. */
      append(element: object): void;
    }

    interface Terminal extends NodeJS.EventEmitter {
      readonly isTTY: boolean;
    }

    function screen(options: {
      readonly input: Terminal & { readonly isRaw: boolean; setRawMode(): void; resume(): void; pause(): void };
      readonly output: Terminal & { readonly columns: number; readonly rows: number; write(): boolean };
      readonly terminal: string;
      readonly fullUnicode: boolean;
      /** Whatever the locale says. */
      readonly forceUnicode: boolean;
    }): Screen;
  }

  export = blessed;
}

declare module 'blessed-contrib/lib/widget/charts/line.js' {
  /** Colours are indices into the 256 of a terminal. */
  class Line {
    constructor(options: {
      readonly top: number;
      readonly left: number;
      readonly minY: number;
      readonly maxY: number;
      /** Of the axis, in dots from the left. */
      readonly xPadding: number;
      readonly style: { readonly line: number; readonly text: number; readonly baseline: number };
    });

    set width(columns: number);
    set height(rows: number);

    /** Only while it is on a screen. */
    setData(
      lines: readonly {
        /** Labels of the horizontal axis. Their number alone decides how far apart values are. */
        readonly x: readonly string[];
        readonly y: readonly number[];
        readonly style: { readonly line: number };
      }[],
    ): void;

    /** Into the screen's lines. */
    render(): void;
  }

  export = Line;
}
