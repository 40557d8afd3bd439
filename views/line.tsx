import { Box, Text } from 'ink';
import { memo, type ReactElement } from 'react';

/** One row of the screen, painted. */
export const Line = memo(function Line({ text }: { readonly text: string }): ReactElement {
  return (
    <Box height={1} flexShrink={0}>
      <Text wrap="truncate-end">{text}</Text>
    </Box>
  );
});
