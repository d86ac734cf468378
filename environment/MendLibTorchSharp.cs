#nullable disable // The build compiles this file by itself, as does a test.
using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace AdwUNet.Build;

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
                && Version.TryParse(name.Split('_')[1], out version)
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

    private static long Word(byte[] elf, long at)
    {
        return BitConverter.ToUInt32(elf, Inside(elf, at, 4));
    }

    private static long Address(byte[] elf, long at)
    {
        return BitConverter.ToInt64(elf, Inside(elf, at, 8));
    }

    private static string Text(byte[] elf, long at)
    {
        var start = Inside(elf, at, 1);
        var end = Array.IndexOf(elf, (byte)0, start);
        return end < 0 ? throw Damaged() : Encoding.ASCII.GetString(elf, start, end - start);
    }

    private static int Inside(byte[] elf, long at, int length)
    {
        return at >= 0 && at <= elf.Length - length ? (int)at : throw Damaged();
    }

    private static InvalidDataException Damaged()
    {
        return new InvalidDataException("a damaged ELF file: an offset in it points outside");
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
        string fault;
        try
        {
            fault = ElfVersionNeeds.GlibcFault(
                Path.GetFileName(Source), ElfVersionNeeds.NewestGlibc(ElfVersionNeeds.Names(elf)), PresentGlibc());
        }
        catch (InvalidDataException error)
        {
            fault = Source + " is " + error.Message + "; delete the package's folder and restore again.";
        }

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
