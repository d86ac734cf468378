using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

/// <summary>
/// Reads and changes the section .gnu.version_r of a 64-bit little-endian ELF file: the list of library versions
/// (GLIBC_2.34, GLIBCXX_3.4.32 ...) that the dynamic loader checks before it loads the file.
/// </summary>
public static class ElfVersionNeeds
{
    private const uint VersionNeedSection = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort WeakFlag = 2; // VER_FLG_WEAK: a missing version is not an error

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
                elf[flagsAt] |= (byte)WeakFlag;
                marked++;
            }
        });
        return marked;
    }

    /// <summary>The newest GLIBC_x.y among the names, or null.</summary>
    public static Version NewestGlibc(IEnumerable<string> names)
    {
        Version newest = null;
        foreach (var name in names)
        {
            Version version;
            if (name.StartsWith("GLIBC_", StringComparison.Ordinal)
                && Version.TryParse(name.Substring("GLIBC_".Length), out version)
                && (newest == null || version > newest))
            {
                newest = version;
            }
        }

        return newest;
    }

    /// <summary>The message for a C library that is too old, or null when it is new enough.</summary>
    public static string GlibcFault(string file, Version needed, Version present)
    {
        return needed == null || present == null || present >= needed
            ? null
            : file + " needs the C library glibc " + needed + ", this machine has " + present
                + ": use a newer Linux (Debian 12, Ubuntu 22.04, RHEL 9 or later), TorchSharp cannot run on this one.";
    }

    private static void Visit(byte[] elf, Action<string, int> visit)
    {
        if (elf.Length < 64 || elf[0] != 0x7f || elf[1] != 'E' || elf[2] != 'L' || elf[3] != 'F' || elf[4] != 2 || elf[5] != 1)
        {
            throw new InvalidDataException("not a 64-bit little-endian ELF file");
        }

        var sections = checked((int)BitConverter.ToInt64(elf, 0x28));
        var size = BitConverter.ToUInt16(elf, 0x3a);
        var count = BitConverter.ToUInt16(elf, 0x3c);
        for (var i = 0; i < count; i++)
        {
            var header = sections + (i * size);
            if (BitConverter.ToUInt32(elf, header + 4) != VersionNeedSection)
            {
                continue;
            }

            var strings = sections + (BitConverter.ToInt32(elf, header + 0x28) * size);
            var stringsAt = checked((int)BitConverter.ToInt64(elf, strings + 0x18));
            var need = checked((int)BitConverter.ToInt64(elf, header + 0x18));
            while (true)
            {
                var entries = BitConverter.ToUInt16(elf, need + 2);
                var entry = need + BitConverter.ToInt32(elf, need + 8);
                for (var k = 0; k < entries; k++)
                {
                    visit(Text(elf, stringsAt + BitConverter.ToInt32(elf, entry + 8)), entry + 4);
                    entry += BitConverter.ToInt32(elf, entry + 12);
                }

                var next = BitConverter.ToInt32(elf, need + 12);
                if (next == 0)
                {
                    return;
                }

                need += next;
            }
        }
    }

    private static string Text(byte[] elf, int at)
    {
        var end = Array.IndexOf(elf, (byte)0, at);
        return Encoding.ASCII.GetString(elf, at, end - at);
    }
}

#if !WITHOUT_MSBUILD
/// <summary>Copies libLibTorchSharp.so with its needless GLIBCXX_3.4.32 marked weak; refuses a machine whose glibc is too old.</summary>
public class MendLibTorchSharp : Microsoft.Build.Utilities.Task
{
    [Microsoft.Build.Framework.Required]
    public string Source { get; set; }

    [Microsoft.Build.Framework.Required]
    public string Destination { get; set; }

    public override bool Execute()
    {
        var elf = File.ReadAllBytes(Source);
        var fault = ElfVersionNeeds.GlibcFault(
            Path.GetFileName(Source), ElfVersionNeeds.NewestGlibc(ElfVersionNeeds.Names(elf)), PresentGlibc());
        if (fault != null)
        {
            Log.LogError(fault);
            return false;
        }

        ElfVersionNeeds.MarkWeak(elf, "GLIBCXX_3.4.32");
        Directory.CreateDirectory(Path.GetDirectoryName(Destination));
        File.WriteAllBytes(Destination, elf);
        return true;
    }

    // Null where the C library is another one (musl) and cannot say.
    private static Version PresentGlibc()
    {
        try
        {
            Version version;
            return Version.TryParse(Marshal.PtrToStringAnsi(gnu_get_libc_version()), out version) ? version : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
        catch (DllNotFoundException)
        {
            return null;
        }
    }

    [DllImport("libc.so.6")]
    private static extern IntPtr gnu_get_libc_version();
}
#endif
