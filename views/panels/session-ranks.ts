/** What the session panel shows, the most needed first. From `details` on it gives way to a ledger that is read. */
export const RANK = {
  write: 0,
  token: 1,
  read: 2,
  outcomes: 3,
  fates: 4,
  details: 5,
  writeDetails: 5,
  readDetails: 6,
  why: 7,
  chosen: 8,
  passedOver: 9,
} as const;
