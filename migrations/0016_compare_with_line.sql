-- Each comparison of the follow state with LINE: once a night, and again where staff have confirmed a large change.
-- 'seen' is how many LINE listed, or how many profiles were asked for; 'strangers' are friends that have no account here.
CREATE TABLE follow_check (
  id UUID PRIMARY KEY NOT NULL,
  night DATE UNIQUE NOT NULL,
  began_at TIMESTAMPTZ NOT NULL,
  ended_at TIMESTAMPTZ,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'asks', 'confirmed', 'failed')),
  way TEXT CHECK (way IN ('list', 'profile')),
  following BIGINT,
  seen BIGINT,
  strangers BIGINT,
  leaving BIGINT,
  came_back BIGINT,
  why TEXT,
  confirmed_leaving BIGINT,
  staff_id UUID REFERENCES staff (id)
);
CREATE INDEX follow_check_began ON follow_check (began_at);

-- When LINE was last asked for the profile of an account, where the account may not be listed.
ALTER TABLE account ADD COLUMN follow_checked_at TIMESTAMPTZ;

-- The names under which LINE counts: one a broadcast, arm and month. Without a name where the month's names were used up.
CREATE TABLE aggregation_unit (
  broadcast_id UUID NOT NULL REFERENCES broadcast (id),
  arm TEXT NOT NULL,
  month TEXT NOT NULL,
  name TEXT,
  created_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (broadcast_id, arm, month)
);
CREATE INDEX aggregation_unit_month ON aggregation_unit (month);

-- What LINE counted under a name: asked for daily, final from the 15th day on. A figure below 20 is not told: NULL.
CREATE TABLE unit_insight (
  name TEXT PRIMARY KEY NOT NULL,
  broadcast_id UUID NOT NULL REFERENCES broadcast (id),
  arm TEXT NOT NULL,
  impressions BIGINT,
  clicks BIGINT,
  fetched_at TIMESTAMPTZ NOT NULL,
  fetched_day DATE NOT NULL,
  is_final BOOLEAN NOT NULL,
  has_figures BOOLEAN NOT NULL
);
CREATE INDEX unit_insight_broadcast ON unit_insight (broadcast_id);
CREATE INDEX unit_insight_fetched ON unit_insight (fetched_at);

-- How many names LINE says are used this month: other programs of the account may use some, too.
CREATE TABLE unit_usage (
  month TEXT PRIMARY KEY NOT NULL,
  used BIGINT NOT NULL,
  seen_at TIMESTAMPTZ NOT NULL
);
