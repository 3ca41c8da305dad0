-- The functions behind community/append_only.py; put in place after every migrate.

CREATE OR REPLACE FUNCTION guildhall_refuse() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM community_archive
        WHERE table_name = TG_TABLE_NAME AND leaving_in = pg_current_xact_id()::text::bigint
            AND verified_at IS NOT NULL AND let_out_at IS NULL
    ) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE FUNCTION guildhall_refuse_unnamed() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM gone WHERE NOT EXISTS (
            SELECT FROM community_archive paper
            WHERE paper.table_name = TG_TABLE_NAME
                AND paper.leaving_in = pg_current_xact_id()::text::bigint
                AND paper.guild_id IS NOT DISTINCT FROM gone.guild_id
                AND CASE paper.named_by WHEN 'id' THEN gone.id
                    ELSE (to_jsonb(gone) ->> paper.named_by)::bigint END
                    BETWEEN paper.first_id AND paper.last_id
        )
    ) THEN
        RAISE EXCEPTION '% is append-only: no archive names these rows', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION guildhall_keep_paper() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp AS $$
DECLARE
    steps text[] := '{verified_at,leaving_in,let_out_at}';
    ends text[] := '{restored_at,rewritten_as_id,dropped_at}';
BEGIN
    IF TG_OP = 'INSERT' AND (NEW.verified_at, NEW.leaving_in, NEW.let_out_at) IS NULL
        AND (NEW.restored_at, NEW.rewritten_as_id, NEW.dropped_at) IS NULL
    THEN
        RETURN NEW;
    END IF;
    -- Its rows have not left yet, what it says stays, and it is verified once.
    IF TG_OP = 'UPDATE' AND OLD.let_out_at IS NULL
        AND to_jsonb(NEW) - steps = to_jsonb(OLD) - steps
        AND (OLD.verified_at IS NULL OR NEW.verified_at = OLD.verified_at)
    THEN
        RETURN NEW;
    END IF;
    -- Its rows have left: it may end once, in favour of none, or of one that names the same rows.
    IF TG_OP = 'UPDATE' AND OLD.let_out_at IS NOT NULL
        AND (OLD.restored_at, OLD.rewritten_as_id, OLD.dropped_at) IS NULL
        AND to_jsonb(NEW) - ends = to_jsonb(OLD) - ends
        AND (NEW.rewritten_as_id IS NULL OR EXISTS (
            SELECT FROM community_archive anew
            WHERE anew.id = NEW.rewritten_as_id AND anew.id <> NEW.id
                AND anew.let_out_at = NEW.let_out_at AND anew.row_count = NEW.row_count
                AND (anew.table_name, anew.named_by, anew.first_id, anew.last_id)
                    = (NEW.table_name, NEW.named_by, NEW.first_id, NEW.last_id)
                AND anew.guild_id IS NOT DISTINCT FROM NEW.guild_id
        ))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the manifest of an archive is append-only: % is refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE FUNCTION guildhall_let_out(archive bigint) RETURNS bigint LANGUAGE plpgsql
SET search_path = {schema}, pg_temp AS $$
DECLARE
    paper community_archive%ROWTYPE;
    gone bigint;
BEGIN
    SELECT * INTO paper FROM community_archive
        WHERE id = archive AND verified_at IS NOT NULL AND let_out_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'archive % is not verified, or its rows have left', archive;
    END IF;
    IF NOT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = to_regclass(quote_ident(paper.table_name))
            AND tgname = 'guildhall_append_only'
    ) THEN
        RAISE EXCEPTION '% is not an append-only table', paper.table_name;
    END IF;
    UPDATE community_archive SET leaving_in = pg_current_xact_id()::text::bigint WHERE id = archive;
    EXECUTE format(
        'DELETE FROM %I WHERE guild_id IS NOT DISTINCT FROM $1 AND %I BETWEEN $2 AND $3',
        paper.table_name, paper.named_by
    ) USING paper.guild_id, paper.first_id, paper.last_id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone <> paper.row_count THEN
        RAISE EXCEPTION 'archive % holds % rows, % would leave', archive, paper.row_count, gone;
    END IF;
    UPDATE community_archive SET leaving_in = NULL, let_out_at = now() WHERE id = archive;
    RETURN gone;
END $$;
