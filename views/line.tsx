import { Box, Text } from 'ink';
import { createElement, type ReactElement } from 'react';
import { escapeText } from '../core/observe/escape.ts';
import type { Span } from './span.ts';
import { type Theme, useTheme } from './theme.ts';

/**
 * One row of text, cut at the width it is given. Everything that reaches the screen goes through here or through
 * `Words`, and is escaped here: no panel can forget to.
 */
export function Line({ spans }: { readonly spans: readonly Span[] }): ReactElement {
  return (
    <Box height={1} flexShrink={0}>
      <Words spans={spans} wrap="truncate-end" />
    </Box>
  );
}

export interface WordsProps {
  readonly spans: readonly Span[];
  readonly wrap: 'wrap' | 'truncate-end';
}

/** Text in several tones, on as many rows as it takes if it may wrap. */
export function Words({ spans, wrap }: WordsProps): ReactElement {
  const theme = useTheme();
  return createElement(Text, { wrap }, ...spans.map((span) => toText(span, theme)));
}

function toText(span: Span, theme: Theme): ReactElement {
  return (
    <Text bold={span.bold} {...theme[span.tone]}>
      {escapeText(span.text)}
    </Text>
  );
}
