"""Which boot loader is there, by the files that it is configured with: one that is not read leaves nothing known.

A new machine in Azure has no boot entries of its firmware, which starts EFI/BOOT/BOOTX64.EFI (BOOTAA64.EFI) then. What
that program is, is not asked, but where the files of two boot loaders are there: GRUB and shim are many, and signed by
many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.inspect.linux.boot_places import Place, Unknown, folders, known

#: Files of boot loaders that are not read, below a folder that boot loaders read.
_OTHER_LOADERS = (
    "extlinux.conf",
    "extlinux/extlinux.conf",
    "syslinux.cfg",
    "syslinux/syslinux.cfg",
    "syslinux/extlinux.conf",
    "EFI/syslinux/syslinux.cfg",
    "EFI/BOOT/syslinux.cfg",
    "EFI/BOOT/refind.conf",
    "EFI/BOOT/elilo.conf",
    *(f"{folder}limine.{ending}" for folder in ("", "limine/", "EFI/BOOT/") for ending in ("conf", "cfg")),
    "grub/stage1",
    "grub/stage2",
)
#: Those of rEFInd, which count where it may be what the firmware starts.
_REFIND = ("EFI/refind/refind.conf", "refind_linux.conf")
_STARTED = ("EFI/BOOT/BOOTX64.EFI", "EFI/BOOT/BOOTAA64.EFI")
_MAX_PROGRAM = 4 * 1024 * 1024


def refuse_other_loaders(where: Sequence[Place], there_are_menus: bool) -> None:
    """Raise Unknown where one of the places has the files of a boot loader that is not read.

    What is left of the first GRUB does not count where there are menus of GRUB 2.
    """
    others = (*_OTHER_LOADERS, *(() if there_are_menus else ("grub/menu.lst", "grub/grub.conf")))
    found = next(_there(where, others), None)
    if found is None and any(_there(where, _REFIND)) and not _starts_another(where, "rEFInd"):
        found = next(_there(where, _REFIND))
    if found is not None:
        place, path = found
        raise Unknown(place.reader.unread(f"{place.shown}{path}", "it is of a boot loader that is not read"))


def has_systemd_boot(where: Sequence[Place]) -> bool:
    """Whether systemd-boot is in one of the places."""
    return starts_systemd_boot(where) is not None or any(
        folder.lower().endswith("/efi/systemd") for place in where for folder in folders(place)
    )


def starts_systemd_boot(where: Sequence[Place]) -> tuple[Place, str] | None:
    """The program that the firmware starts, where it is systemd-boot; it is looked for where that is configured."""
    configured = [place for place, _ in _there(where, ("loader/loader.conf",))]
    return next((one for one in _there(configured, _STARTED) if _is_made_by(*one, "systemd-boot")), None)


def _there(where: Sequence[Place], names: Sequence[str]) -> Iterator[tuple[Place, str]]:
    """Those of some files that are there, by place."""
    for place in where:
        for path in (f"{place.base}/{name}" for name in names):
            if known(place.reader.file(path)) is not None:
                yield place, path


def _starts_another(where: Sequence[Place], name: str) -> bool:
    """Whether the firmware certainly starts a program that is not the one of a name."""
    programs = list(_there(where, _STARTED))
    return bool(programs) and not any(_is_made_by(place, path, name) for place, path in programs)


def _is_made_by(place: Place, path: str, name: str) -> bool:
    """Whether a program of EFI has a name in it, as bytes or as the wide characters that EFI writes."""
    data = known(place.reader.head(path, _MAX_PROGRAM)) or b""
    return name.encode() in data or name.encode("utf-16-le") in data
