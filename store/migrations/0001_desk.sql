-- +goose Up
-- Times are UTC milliseconds, money is minor units beside its currency, zero and '' mean none. No clock of the database
-- is used and no number is made by it, so that SQLite and PostgreSQL run the same text.

-- Numbers that people type (S-12) come from here: one row per letter.
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value BIGINT NOT NULL
);

CREATE TABLE members (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
-- A person is bound to chat accounts by the platform's ids, never by name.
CREATE TABLE identities (
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  user_id TEXT NOT NULL,
  member BIGINT NOT NULL REFERENCES members (id),
  created_at BIGINT NOT NULL,
  PRIMARY KEY (platform, workspace, user_id)
);
CREATE INDEX identities_member ON identities (member);
CREATE TABLE member_roles (
  member BIGINT NOT NULL REFERENCES members (id),
  role TEXT NOT NULL,
  granted_at BIGINT NOT NULL,
  PRIMARY KEY (member, role)
);

CREATE TABLE audit (
  id BIGINT PRIMARY KEY,
  at BIGINT NOT NULL,
  member BIGINT NOT NULL,
  action TEXT NOT NULL,
  ref TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX audit_ref ON audit (ref, id);

-- Interactions taken, with their answers: a repeated delivery finds the first one's answer here.
CREATE TABLE presses (
  press_key TEXT PRIMARY KEY,
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  user_id TEXT NOT NULL,
  command TEXT NOT NULL,
  at BIGINT NOT NULL,
  answer TEXT NOT NULL
);
CREATE INDEX presses_at ON presses (at);

-- What was decided to be said. state: waiting, sending, sent, parked.
CREATE TABLE outbox (
  id BIGINT PRIMARY KEY,
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL,
  ref TEXT NOT NULL,
  mode TEXT NOT NULL,
  thread TEXT NOT NULL,
  note_key TEXT NOT NULL,
  at BIGINT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  claimed_by TEXT NOT NULL,
  claimed_at BIGINT NOT NULL,
  message_id TEXT NOT NULL,
  trouble TEXT NOT NULL
);
CREATE INDEX outbox_waiting ON outbox (platform, workspace, channel, id) WHERE state IN ('waiting', 'sending');
-- A card that waits to be drawn is not added again.
CREATE UNIQUE INDEX outbox_one_card ON outbox (platform, workspace, channel, kind, ref) WHERE mode = 'card' AND state = 'waiting';
-- A note with a key is written once, ever.
CREATE UNIQUE INDEX outbox_one_note ON outbox (note_key) WHERE note_key <> '';

-- Where cards have been posted.
CREATE TABLE cards (
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL,
  ref TEXT NOT NULL,
  message_id TEXT NOT NULL,
  PRIMARY KEY (kind, ref, platform, workspace, channel)
);

CREATE TABLE subscriptions (
  id BIGINT PRIMARY KEY,
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  channel TEXT NOT NULL,
  feed TEXT NOT NULL,
  schedule TEXT NOT NULL,
  zone TEXT NOT NULL,
  owner BIGINT NOT NULL,
  since BIGINT NOT NULL,
  UNIQUE (platform, workspace, channel, feed)
);

-- A reminder's slot is claimed by its row, once over all restarts and replicas.
CREATE TABLE slots (
  reminder TEXT NOT NULL,
  slot TEXT NOT NULL,
  claimed_at BIGINT NOT NULL,
  PRIMARY KEY (reminder, slot)
);

CREATE TABLE sellers (
  id BIGINT PRIMARY KEY,
  shop TEXT NOT NULL,
  shop_key TEXT NOT NULL,
  shop_code TEXT NOT NULL,
  region TEXT NOT NULL,
  category TEXT NOT NULL,
  contact TEXT NOT NULL,
  owner BIGINT NOT NULL,
  starts_on TEXT NOT NULL,
  stage TEXT NOT NULL,
  moved_at BIGINT NOT NULL,
  price_minor BIGINT NOT NULL,
  price_currency TEXT NOT NULL,
  wish_format TEXT NOT NULL,
  wish_min_followers BIGINT NOT NULL,
  wish_creators BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (shop_key, region)
);
CREATE UNIQUE INDEX sellers_shop_code ON sellers (shop_code) WHERE shop_code <> '';
CREATE TABLE seller_steps (
  seller BIGINT NOT NULL REFERENCES sellers (id),
  code TEXT NOT NULL,
  position BIGINT NOT NULL,
  stage TEXT NOT NULL,
  title TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  assignee BIGINT NOT NULL,
  due TEXT NOT NULL,
  done_at BIGINT NOT NULL,
  done_by BIGINT NOT NULL,
  PRIMARY KEY (seller, code)
);
CREATE INDEX seller_steps_due ON seller_steps (due) WHERE state <> 'done';

CREATE TABLE creators (
  id BIGINT PRIMARY KEY,
  handle TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  region TEXT NOT NULL,
  language TEXT NOT NULL,
  state TEXT NOT NULL,
  categories TEXT NOT NULL,
  formats TEXT NOT NULL,
  followers BIGINT NOT NULL,
  capacity BIGINT NOT NULL,
  agency_share BIGINT NOT NULL,
  health BIGINT NOT NULL,
  tax_form BOOLEAN NOT NULL,
  payout_ready BOOLEAN NOT NULL,
  price_minor BIGINT NOT NULL,
  price_currency TEXT NOT NULL,
  sales_minor BIGINT NOT NULL,
  sales_currency TEXT NOT NULL,
  items_sold BIGINT NOT NULL,
  commission_minor BIGINT NOT NULL,
  commission_currency TEXT NOT NULL,
  figures_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE campaigns (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  tiktok_id TEXT NOT NULL,
  starts_on TEXT NOT NULL,
  ends_on TEXT NOT NULL,
  total_rate BIGINT NOT NULL,
  creator_rate BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX campaigns_tiktok_id ON campaigns (tiktok_id) WHERE tiktok_id <> '';
CREATE TABLE campaign_sellers (
  campaign BIGINT NOT NULL REFERENCES campaigns (id),
  seller BIGINT NOT NULL REFERENCES sellers (id),
  PRIMARY KEY (campaign, seller)
);
CREATE TABLE campaign_creators (
  campaign BIGINT NOT NULL REFERENCES campaigns (id),
  creator BIGINT NOT NULL REFERENCES creators (id),
  PRIMARY KEY (campaign, creator)
);

CREATE TABLE shortlists (
  id BIGINT PRIMARY KEY,
  seller BIGINT NOT NULL REFERENCES sellers (id),
  asked BIGINT NOT NULL,
  again BOOLEAN NOT NULL,
  fit BIGINT NOT NULL,
  left_out TEXT NOT NULL,
  proposed_by BIGINT NOT NULL,
  proposed_at BIGINT NOT NULL
);
CREATE TABLE matches (
  id BIGINT PRIMARY KEY,
  shortlist BIGINT NOT NULL REFERENCES shortlists (id),
  seller BIGINT NOT NULL REFERENCES sellers (id),
  creator BIGINT NOT NULL REFERENCES creators (id),
  score BIGINT NOT NULL,
  reasons TEXT NOT NULL,
  figures_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  proposed_by BIGINT NOT NULL,
  proposed_at BIGINT NOT NULL,
  decided_by BIGINT NOT NULL,
  decided_at BIGINT NOT NULL,
  reason TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX matches_shortlist ON matches (shortlist);
CREATE INDEX matches_seller ON matches (seller, id);
CREATE INDEX matches_open ON matches (id) WHERE state = 'proposed';
CREATE INDEX matches_approved ON matches (creator) WHERE state = 'approved';

CREATE TABLE order_lines (
  id BIGINT PRIMARY KEY,
  order_no TEXT NOT NULL,
  sku TEXT NOT NULL,
  product TEXT NOT NULL,
  seller BIGINT NOT NULL REFERENCES sellers (id),
  creator BIGINT NOT NULL REFERENCES creators (id),
  campaign BIGINT NOT NULL,
  content_type TEXT NOT NULL,
  price_minor BIGINT NOT NULL,
  price_currency TEXT NOT NULL,
  quantity BIGINT NOT NULL,
  refunded BOOLEAN NOT NULL,
  state TEXT NOT NULL,
  status TEXT NOT NULL,
  rate BIGINT NOT NULL,
  estimated_minor BIGINT NOT NULL,
  estimated_currency TEXT NOT NULL,
  actual_minor BIGINT NOT NULL,
  actual_currency TEXT NOT NULL,
  share BIGINT NOT NULL, -- the agency's part in basis points, as it was when the line settled
  ordered_at BIGINT NOT NULL,
  settled_at BIGINT NOT NULL,
  source TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  run BIGINT NOT NULL, -- the living payout run that has taken it; zero: none
  UNIQUE (order_no, sku, creator)
);
CREATE INDEX order_lines_ordered ON order_lines (ordered_at);
CREATE INDEX order_lines_payable ON order_lines (actual_currency, settled_at) WHERE state = 'settled' AND run = 0;

CREATE TABLE postings (
  id BIGINT PRIMARY KEY,
  posting_key TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  ref TEXT NOT NULL,
  memo TEXT NOT NULL,
  reverses BIGINT NOT NULL,
  at BIGINT NOT NULL
);
CREATE TABLE entries (
  posting BIGINT NOT NULL REFERENCES postings (id),
  position BIGINT NOT NULL,
  account TEXT NOT NULL,
  minor BIGINT NOT NULL,
  currency TEXT NOT NULL,
  PRIMARY KEY (posting, position)
);
CREATE INDEX entries_account ON entries (account, currency);

CREATE TABLE payout_runs (
  id BIGINT PRIMARY KEY,
  state TEXT NOT NULL,
  currency TEXT NOT NULL,
  cutoff BIGINT NOT NULL,
  total_minor BIGINT NOT NULL,
  payees BIGINT NOT NULL,
  lines BIGINT NOT NULL,
  held BIGINT NOT NULL,
  hash TEXT NOT NULL,
  needs BIGINT NOT NULL,
  needs_why TEXT NOT NULL,
  figures_at BIGINT NOT NULL,
  source TEXT NOT NULL,
  prepared_by BIGINT NOT NULL,
  prepared_at BIGINT NOT NULL,
  decided_by BIGINT NOT NULL,
  decided_at BIGINT NOT NULL,
  reason TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX payout_runs_state ON payout_runs (state, id);
CREATE TABLE payout_lines (
  run BIGINT NOT NULL REFERENCES payout_runs (id),
  line BIGINT NOT NULL REFERENCES order_lines (id),
  creator BIGINT NOT NULL,
  share BIGINT NOT NULL,
  commission_minor BIGINT NOT NULL,
  agency_minor BIGINT NOT NULL,
  payable_minor BIGINT NOT NULL,
  currency TEXT NOT NULL,
  held TEXT NOT NULL,
  PRIMARY KEY (run, line)
);
CREATE INDEX payout_lines_creator ON payout_lines (creator, run);
CREATE TABLE payout_approvals (
  run BIGINT NOT NULL REFERENCES payout_runs (id),
  member BIGINT NOT NULL,
  hash TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (run, hash, member)
);

CREATE TABLE cases (
  id BIGINT PRIMARY KEY,
  kind TEXT NOT NULL,
  severity TEXT NOT NULL,
  state TEXT NOT NULL,
  seller BIGINT NOT NULL,
  creator BIGINT NOT NULL,
  rule TEXT NOT NULL,
  detail TEXT NOT NULL,
  points BIGINT NOT NULL,
  notice TEXT NOT NULL,
  deadline BIGINT NOT NULL,
  guessed BOOLEAN NOT NULL,
  owner BIGINT NOT NULL,
  opened_by BIGINT NOT NULL,
  opened_at BIGINT NOT NULL,
  acked_by BIGINT NOT NULL,
  acked_at BIGINT NOT NULL,
  resolved_by BIGINT NOT NULL,
  resolved_at BIGINT NOT NULL,
  resolution TEXT NOT NULL,
  source TEXT NOT NULL,
  since BIGINT NOT NULL, -- reminders that were due before it are not made up
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX cases_notice ON cases (notice) WHERE notice <> '';
CREATE INDEX cases_creator ON cases (creator) WHERE state <> 'resolved';
CREATE INDEX cases_deadline ON cases (deadline) WHERE state <> 'resolved';

CREATE TABLE figures (
  seller BIGINT NOT NULL REFERENCES sellers (id),
  day TEXT NOT NULL,
  sales_minor BIGINT NOT NULL,
  sales_currency TEXT NOT NULL,
  orders BIGINT NOT NULL,
  visitors BIGINT NOT NULL,
  PRIMARY KEY (seller, day)
);
CREATE INDEX figures_day ON figures (day);
