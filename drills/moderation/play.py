"""One story of moderation: the stage is that of the drill of orders."""

from datetime import timedelta

from django.db import connection

from community.append_only import guard_history
from community.mirror import log
from community.models import CommandSync, GuildSettings
from community.scope import guild_scope
from drills.moderation import deeds
from drills.moderation.hearing import MirrorEars
from drills.moderation.memory import Memory
from drills.moderation.oracle import judge_moderation
from drills.moderation.schedule import LADDER
from drills.orders.play import SELDOM, Play
from drills.orders.schedule import Schedule
from drills.virtual import away_from_loop
from moderation.models import LadderStep
from moderation.tasks import end_run_out_warnings, hurry_overdue_punishments


class ModerationPlay(Play):
    """A schedule whose commands are decisions of moderation."""

    decide = staticmethod(deeds.decide)
    ears = MirrorEars

    def __init__(self, schedule: Schedule) -> None:
        super().__init__(schedule)
        self.memory = Memory(self.story)

    def run(self) -> None:
        """Play; Discord's log is read now and then, and not every hour of many days."""
        usual, log.AGAIN = log.AGAIN, SELDOM
        try:
            super().run()
        finally:
            log.AGAIN = usual

    def settle_in(self) -> None:
        """Give the town its log and its ladder."""
        super().settle_in()
        town = self.town
        CommandSync.objects.create(application_id=town.bot_id)
        with guild_scope(town.guild_id):
            GuildSettings.objects.filter(guild_id=town.guild_id).update(
                moderation_log_id=town.log_id
            )
            for points, kind, span in LADDER:
                duration = None if span is None else timedelta(seconds=span)
                LadderStep.objects.create(
                    guild_id=town.guild_id, points=points, kind=kind, duration=duration
                )

    def judge(self) -> list[str]:
        """Judge what stands out there, and then the books."""
        return [*super().judge(), *judge_moderation(self.town, self.memory)]

    def forget(self) -> None:
        """Take the town's history down, as only the owner of a scratch database may."""
        with guild_scope(self.town.guild_id), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE moderation_caseevent DISABLE TRIGGER USER")
            town = [self.town.guild_id]
            cursor.execute("DELETE FROM moderation_casetext WHERE guild_id = %s", town)
            cursor.execute("DELETE FROM moderation_caseevent WHERE guild_id = %s", town)
        guard_history()
        CommandSync.objects.filter(application_id=self.town.bot_id).delete()
        super().forget()

    def ring(self) -> None:
        """Ring for moderation, too."""
        super().ring()
        away_from_loop(hurry_overdue_punishments)
        away_from_loop(end_run_out_warnings)
