"""The keepers' door to archive files: what lies in them, brought back or handed out."""

from io import BytesIO
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import OuterRef, Subquery
from django.http import FileResponse, Http404, HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html

from community.desk.actions import Asked, Deed
from community.desk.base import HouseAdmin, bdi, noted, pill
from community.desk.current_guild import staff_of
from community.desk.outside import in_full
from community.desk.people import moment
from community.desk.registry import KEEPER, DeskPage, desk_page
from community.desk.verbs import name_verbs
from community.models import Archive, Guild
from community.services.archives import check_archive, hand_out_archive, restore_archive


def name_of(table: str) -> str:
    """Return what people call the rows of a table."""
    found = (m._meta.verbose_name_plural for m in apps.get_models() if m._meta.db_table == table)
    return str(next(found, table)).capitalize()


def restore(request: HttpRequest, archive: Archive, _: Asked) -> str:
    """Bring the rows of a file back."""
    came = restore_archive(archive=archive, by=staff_of(request))
    return f"{came} For 30 days nothing of their table leaves their server."


def verify(_: HttpRequest, archive: Archive, __: Asked) -> str:
    """Read a file back."""
    check_archive(archive=archive)
    return f"The file of {archive} is whole."


def download(request: HttpRequest, number: int, **_: object) -> FileResponse:
    """Hand out a file as it lies there."""
    archive = Archive.objects.standing().filter(pk=number).first()
    if archive is None or not Path(archive.path).exists():
        raise Http404
    hand_out_archive(archive=archive, by=staff_of(request))
    file, name = BytesIO(Path(archive.path).read_bytes()), Path(archive.path).name
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/gzip")


@admin.register(Archive)
class ArchiveAdmin(HouseAdmin):
    list_display = ["what", "server", "rows", "bytes_", "left", "state", "file"]
    list_filter = ["table_name"]
    search_ids = ["guild_id"]
    ordering = ["-pk"]
    fields = [
        "what", "server", "rows", "bytes_", "left", "state", "file", "checksum", "path",
        "written_at", "verified_at", "restored_at", "dropped_at",
    ]  # fmt: skip
    readonly_fields = ["what", "server", "rows", "bytes_", "left", "state", "file", "checksum"]
    empty_words = "Nothing has left for an archive yet."
    deeds = [
        Deed(
            name="verify",
            label="Read back",
            explains="Reads the whole file and compares it with its manifest.",
            needs=KEEPER,
            do=verify,
            is_offered=lambda archive: archive.is_standing,
        ),
        Deed(
            name="restore",
            label="Bring back",
            explains="Its rows come back into the database, exactly as they left, and its file "
            "goes. They stay for at least 30 days. History comes back latest first.",
            needs=KEEPER,
            do=restore,
            is_danger=True,
            is_offered=lambda archive: archive.is_standing,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        servers = Guild.objects.filter(pk=OuterRef("guild_id")).values("name")
        return super().get_queryset(request).annotate(server_name=Subquery(servers))

    @admin.display(description="What", ordering="table_name")
    def what(self, archive: Archive) -> str:
        numbers = f"{archive.first_id} to {archive.last_id}"
        return noted(bdi(name_of(archive.table_name)), bdi(numbers))

    @admin.display(description="Checksum (SHA-256)")
    def checksum(self, archive: Archive) -> str:
        return in_full(archive.sha256)

    @admin.display(description="Server", ordering="guild_id")
    def server(self, archive: Any) -> str:
        if archive.guild_id is None:
            return "The house"
        number = str(archive.guild_id)
        return noted(bdi(archive.server_name), number) if archive.server_name else number

    @admin.display(description="Rows", ordering="row_count")
    def rows(self, archive: Archive) -> str:
        return f"{archive.row_count:,}"

    @admin.display(description="Size", ordering="size")
    def bytes_(self, archive: Archive) -> str:
        return bdi(filesizeformat(archive.size))

    @admin.display(description="Left", ordering="let_out_at")
    def left(self, archive: Archive) -> str:
        return moment(archive.let_out_at, empty="Not yet")

    @admin.display(description="State")
    def state(self, archive: Archive) -> str:
        if archive.is_standing:
            there = Path(archive.path).exists()
            return pill("In its file", "ok") if there else pill("File is missing", "bad")
        ends = {"Came back": archive.restored_at, "Time over": archive.dropped_at}
        told = [words for words, at in ends.items() if at]
        return pill(told[0] if told else "Rewritten" if archive.let_out_at else "Unfinished")

    @admin.display(description="File")
    def file(self, archive: Archive) -> str:
        if not archive.is_standing:
            return "—"
        url = reverse("admin:archive_file", args=[archive.pk])
        return format_html('<a href="{}" download>Download</a>', url)


desk_page(
    DeskPage(route="archives/<int:number>/", name="archive_file", needs=KEEPER, view=download)
)
name_verbs(
    {
        "community.archive.restored": "brought the rows of an archive back",
        "community.archive.handed_out": "took a copy of an archive file",
    }
)
