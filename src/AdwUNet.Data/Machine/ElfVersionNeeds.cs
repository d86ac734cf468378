using System.Text;

namespace AdwUNet;

/// <summary>
/// Reads and changes the section .gnu.version_r of a 64-bit little-endian ELF file: the list of library versions
/// (GLIBC_2.34, GLIBCXX_3.4.32 ...) that the dynamic loader checks before it loads the file.
/// </summary>
internal static class ElfVersionNeeds
{
    private const uint VersionNeedSection = 0x6ffffffe; // SHT_GNU_verneed
    private const byte WeakFlag = 2; // VER_FLG_WEAK: a missing version is not an error

    /// <summary>The names of all needed versions.</summary>
    public static List<string> Names(byte[] elf)
    {
        var names = new List<string>();
        Visit(elf, (name, _) => names.Add(name));
        return names;
    }

    /// <summary>Marks the needs of this name weak and says how many there were.</summary>
    public static int MarkWeak(byte[] elf, string versionName)
    {
        var marked = 0;
        Visit(elf, (name, flagsAt) =>
        {
            if (name == versionName)
            {
                elf[flagsAt] |= WeakFlag;
                marked++;
            }
        });
        return marked;
    }

    /// <summary>The newest GLIBC_x.y among the names, or null.</summary>
    public static Version? NewestGlibc(IEnumerable<string> names) =>
        names.Where(name => name.StartsWith("GLIBC_", StringComparison.Ordinal))
            .Select(name => Version.TryParse(name["GLIBC_".Length..], out var version) ? version : null).Max();

    private static void Visit(byte[] elf, Action<string, int> visit)
    {
        if (elf.Length < 64 || elf[0] != 0x7f || elf[1] != 'E' || elf[2] != 'L' || elf[3] != 'F' || elf[4] != 2 || elf[5] != 1)
        {
            throw new InvalidDataException("not a 64-bit little-endian ELF file");
        }

        // Offsets are kept as long and checked where they are used: a damaged file may give any number.
        var sections = BitConverter.ToInt64(elf, 0x28);
        long size = BitConverter.ToUInt16(elf, 0x3a);
        var count = BitConverter.ToUInt16(elf, 0x3c);
        for (var i = 0; i < count; i++)
        {
            var header = sections + (i * size);
            if (Word(elf, header + 4) != VersionNeedSection)
            {
                continue;
            }

            var strings = sections + (Word(elf, header + 0x28) * size);
            var stringsAt = Address(elf, strings + 0x18);
            var need = Address(elf, header + 0x18);
            while (true)
            {
                var entries = Word(elf, need) >> 16;
                var entry = need + Word(elf, need + 8);
                for (var k = 0; k < entries; k++)
                {
                    visit(Text(elf, stringsAt + Word(elf, entry + 8)), (int)entry + 4);
                    entry += Word(elf, entry + 12);
                }

                // Always forward, so that it ends.
                var next = Word(elf, need + 12);
                if (next == 0)
                {
                    return;
                }

                need += next;
            }
        }
    }

    private static long Word(byte[] elf, long at) => BitConverter.ToUInt32(elf, Inside(elf, at, 4));

    private static long Address(byte[] elf, long at) => BitConverter.ToInt64(elf, Inside(elf, at, 8));

    private static string Text(byte[] elf, long at)
    {
        var start = Inside(elf, at, 1);
        var end = Array.IndexOf(elf, (byte)0, start);
        return end < 0 ? throw Damaged() : Encoding.ASCII.GetString(elf, start, end - start);
    }

    private static int Inside(byte[] elf, long at, int length) => at >= 0 && at <= elf.Length - length ? (int)at : throw Damaged();

    private static InvalidDataException Damaged() => new("a damaged ELF file: an offset in it points outside");
}
