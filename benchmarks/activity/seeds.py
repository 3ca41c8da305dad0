"""The tables and the questions of the two documents this app answers to, as they write them.

Ids are texts there, each index is theirs; SQLite's integers of time became timestamps.
"""

# The second document: statistics of messages and voice.
MESSAGES = """
CREATE TABLE {name} (
    id {key} PRIMARY KEY, guild_id {key} NOT NULL, channel_id {key} NOT NULL,
    user_id {key} NOT NULL, message_type integer DEFAULT 0, has_attachment boolean DEFAULT false,
    has_embed boolean DEFAULT false, character_count integer DEFAULT 0,
    word_count integer DEFAULT 0, created_at timestamptz NOT NULL
);
"""
MESSAGE_INDEXES = """
CREATE INDEX {name}_guild_time ON {name} (guild_id, created_at);
CREATE INDEX {name}_user_time ON {name} (user_id, created_at);
CREATE INDEX {name}_channel_time ON {name} (channel_id, created_at);
CREATE INDEX {name}_guild_user ON {name} (guild_id, user_id);
"""
FILL_MESSAGES = """
INSERT INTO {name} SELECT id, guild_id, channel_id, user_id, 0, has_attachment, has_embed,
    characters, words, to_timestamp(((id >> 22) + 1420070400000) / 1000.0) FROM {source}
"""
VOICE = """
CREATE TABLE voice_events (
    id text PRIMARY KEY, guild_id text NOT NULL, channel_id text, user_id text NOT NULL,
    event_type text NOT NULL, session_start timestamptz, session_end timestamptz,
    duration integer DEFAULT 0, muted boolean DEFAULT false, deafened boolean DEFAULT false,
    created_at timestamptz NOT NULL
);
INSERT INTO voice_events
SELECT id, guild_id, channel_id, user_id, kind, started_at, ended_at,
    CASE kind WHEN 'leave' THEN counted_ms ELSE 0 END, false, false,
    CASE kind WHEN 'join' THEN started_at ELSE ended_at END
FROM (SELECT kind || id AS id, guild_id::text, channel_id::text, user_id::text, kind, started_at,
    ended_at, counted_ms FROM activity_voicesession, (VALUES ('join'), ('leave')) AS k (kind)) e;
CREATE INDEX idx_voice_events_guild_time ON voice_events (guild_id, created_at);
CREATE INDEX idx_voice_events_user_time ON voice_events (user_id, created_at);
CREATE INDEX idx_voice_events_channel_time ON voice_events (channel_id, created_at);
CREATE INDEX idx_voice_events_session ON voice_events (session_start, session_end);
"""
USER_STATISTICS = """
SELECT COUNT(*) AS message_count, SUM(character_count) AS total_characters,
    COUNT(CASE WHEN has_attachment THEN 1 END) AS attachments
FROM message_events WHERE guild_id = %s AND user_id = %s AND created_at >= %s
"""
LEADERBOARD = """
SELECT user_id, COUNT(*) AS message_count, RANK() OVER (ORDER BY COUNT(*) DESC) AS rank
FROM message_events WHERE guild_id = %s AND created_at >= %s
GROUP BY user_id ORDER BY message_count DESC LIMIT %s
"""
VOICE_ACTIVITY = """
SELECT user_id, SUM(duration) AS total_voice_time, COUNT(*) AS session_count
FROM voice_events WHERE guild_id = %s AND created_at >= %s AND event_type = 'leave'
GROUP BY user_id
"""

# The first document: one server's voice, roles by hours. What it targets and has no SQL for is
# asked in the plainest way that its indexes serve.
FIRST = """
CREATE TABLE users (
    id varchar(20) PRIMARY KEY CHECK (id ~ '^[0-9]{{1,20}}$'), display_name varchar(255),
    first_seen timestamptz DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO users (id, display_name)
SELECT user_id, nickname FROM community_member WHERE guild_id = {guild};
CREATE TABLE user_activities (
    user_id varchar(20) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    total_time_ms bigint DEFAULT 0 CHECK (total_time_ms >= 0),
    total_hours decimal(10,2) GENERATED ALWAYS AS (total_time_ms / 3600000.0) STORED,
    total_days decimal(8,2) GENERATED ALWAYS AS (total_time_ms / 86400000.0) STORED,
    UNIQUE (user_id)
);
INSERT INTO user_activities (user_id, total_time_ms)
SELECT user_id, voice_ms FROM activity_membertotals WHERE guild_id = {guild};
CREATE INDEX idx_user_activities_total_time ON user_activities (total_time_ms DESC);
CREATE TABLE activity_events (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id varchar(20) NOT NULL,
    event_type varchar(20) NOT NULL
        CHECK (event_type IN ('JOIN', 'LEAVE', 'MOVE', 'DISCONNECT', 'TIMEOUT')),
    channel_id varchar(20), session_id uuid, event_timestamp timestamptz NOT NULL
);
INSERT INTO activity_events (user_id, event_type, channel_id, session_id, event_timestamp)
SELECT user_id, upper(kind), channel_id, md5(id::text)::uuid,
    CASE kind WHEN 'join' THEN started_at ELSE ended_at END
FROM activity_voicesession, (VALUES ('join'), ('leave')) AS k (kind) WHERE guild_id = {guild};
CREATE INDEX idx_activity_events_user_timestamp
ON activity_events (user_id, event_timestamp DESC);
CREATE INDEX idx_activity_events_recent ON activity_events (event_timestamp DESC);
CREATE TABLE activity_event_participants (
    event_id uuid NOT NULL REFERENCES activity_events (id) ON DELETE CASCADE,
    participant_user_id varchar(20) NOT NULL, UNIQUE (event_id, participant_user_id)
);
INSERT INTO activity_event_participants
SELECT DISTINCT event.id, other.user_id FROM activity_events event
JOIN activity_voicesession other ON other.guild_id = {guild}
    AND other.channel_id = event.channel_id::bigint
    AND other.started_at > event.event_timestamp - interval '3 hours'
    AND other.started_at < event.event_timestamp AND other.ended_at > event.event_timestamp
WHERE event.event_type = 'JOIN' AND other.user_id <> event.user_id::bigint;
CREATE TABLE roles (
    id serial PRIMARY KEY, name varchar(255) UNIQUE NOT NULL, min_hours decimal(5,2) NOT NULL,
    priority integer DEFAULT 0
);
INSERT INTO roles (name, min_hours) VALUES ('Regular', 2), ('Pillar', 10);
CREATE TABLE user_role_assignments (
    user_id varchar(20) REFERENCES users (id), role_id integer REFERENCES roles (id),
    assigned_at timestamptz DEFAULT CURRENT_TIMESTAMP, expires_at timestamptz,
    is_active boolean DEFAULT true, UNIQUE (user_id, role_id)
);
INSERT INTO user_role_assignments (user_id, role_id) SELECT id, 1 FROM users;
CREATE INDEX idx_user_role_assignments_user ON user_role_assignments (user_id)
WHERE is_active = true;
"""
LOOKUP = """
SELECT u.id, u.display_name, a.total_time_ms, a.total_hours, a.total_days
FROM users u JOIN user_activities a ON a.user_id = u.id WHERE u.id = %s
"""
COMPLIANCE = """
SELECT r.id, u.id, a.total_hours, s.user_id IS NOT NULL
FROM roles r CROSS JOIN users u JOIN user_activities a ON a.user_id = u.id
LEFT JOIN user_role_assignments s ON s.user_id = u.id AND s.role_id = r.id AND s.is_active
WHERE a.total_hours >= r.min_hours OR s.user_id IS NOT NULL
"""
LOG_RANGE = """
SELECT * FROM activity_events WHERE event_timestamp >= %s AND event_timestamp < %s
ORDER BY event_timestamp DESC LIMIT 100
"""
PARTICIPANTS = """
SELECT p.participant_user_id, COUNT(*) FROM activity_events e
JOIN activity_event_participants p ON p.event_id = e.id
WHERE e.user_id = %s AND e.event_timestamp >= %s
GROUP BY 1 ORDER BY 2 DESC LIMIT 8
"""
