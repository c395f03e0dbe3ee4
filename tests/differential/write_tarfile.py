"""Archives the current directory with tarfile: PAX, GNU or USTAR.

Extended attributes are no business of tarfile's; whoever wants them writes the
records that GNU tar does, `%` and `=` in names as codes. What the format cannot
hold raises ValueError and is left out.
"""

import os
import sys
import tarfile

FORMAT = {
    "PAX": tarfile.PAX_FORMAT,
    "GNU": tarfile.GNU_FORMAT,
    "USTAR": tarfile.USTAR_FORMAT,
}[sys.argv[1]]


def attributes(path):
    for name in os.listxattr(path, follow_symlinks=False):
        value = os.getxattr(path, name, follow_symlinks=False)
        name = name.replace("%", "%25").replace("=", "%3D")
        yield "SCHILY.xattr." + name, value.decode("utf-8", "surrogateescape")


def add(archive, path):
    member = archive.gettarinfo(path)
    if member is None:
        return  # A socket.
    if FORMAT == tarfile.PAX_FORMAT:
        member.pax_headers.update(attributes(path))
    try:
        if member.isreg():
            with open(path, "rb") as content:
                archive.addfile(member, content)
        else:
            archive.addfile(member)
    except ValueError:
        pass
    if member.isdir():
        for name in sorted(os.listdir(path)):
            add(archive, os.path.join(path, name))


with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=FORMAT) as archive:
    add(archive, ".")
