using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;

namespace AdwUNet.Data.Tests.Machine;

/// <summary>The mend of TorchSharp's native library, on the package's own file.</summary>
public class ElfVersionNeedsTests
{
    private const string Library = "libLibTorchSharp.so";
    private const string Needless = "GLIBCXX_3.4.32";

    private static string PackageFile
    {
        get
        {
            var packages = typeof(ElfVersionNeedsTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
                .Single(attribute => attribute.Key == "NuGetPackageRoot").Value!;
            var version = typeof(torch).Assembly.GetName().Version!.ToString(3);
            return Path.Combine(packages, "torchsharp", version, "runtimes", "linux-x64", "native", Library);
        }
    }

    [Fact]
    public void The_package_needs_what_older_systems_lack()
    {
        var names = ElfVersionNeeds.Names(File.ReadAllBytes(PackageFile));
        Assert.Single(names, Needless);
        Assert.All(names, name => Assert.Matches(@"^[A-Z]+(ABI)?_[0-9.]+$", name));
        Assert.InRange(ElfVersionNeeds.NewestGlibc(names)!, new Version(2, 17), new Version(2, 35));
    }

    [Fact]
    public void Marking_changes_one_bit_of_the_file()
    {
        var before = File.ReadAllBytes(PackageFile);
        var after = (byte[])before.Clone();
        Assert.Equal(1, ElfVersionNeeds.MarkWeak(after, Needless));
        var changed = Assert.Single(Enumerable.Range(0, before.Length), i => before[i] != after[i]);
        Assert.Equal((0, 2), (before[changed], after[changed]));
        Assert.Equal(ElfVersionNeeds.Names(before), ElfVersionNeeds.Names(after));
        Assert.Equal(0, ElfVersionNeeds.MarkWeak(after, "GLIBCXX_9.9"));
    }

    [Fact]
    public void A_mended_copy_loads_from_memory_and_the_package_stays_as_it_is()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has this file");
        using var one = torch.ones(1); // loads what the library needs
        var before = File.ReadAllBytes(PackageFile);
        Assert.True(NativeLibrary.TryGetExport(TorchLibrary.LoadMended(PackageFile), "THSTensor_ones", out _));
        Assert.True(before.AsSpan().SequenceEqual(File.ReadAllBytes(PackageFile)), "the package's own file was changed");
    }

    [Fact]
    public void A_library_that_does_not_load_is_named()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has this file");
        using var folder = new TemporaryFolder();
        var file = folder.Write(Library, "MZ");
        Assert.Equal(
            $"{file} is not a 64-bit little-endian ELF file; delete the package's folder and restore again.",
            Assert.Throws<AdwUNetException>(() => TorchLibrary.LoadMended(file)).Message);
        File.WriteAllBytes(file, Small());
        Assert.StartsWith($"{file} could not be loaded (", Assert.Throws<AdwUNetException>(() => TorchLibrary.LoadMended(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_is_not_ELF_is_refused()
    {
        foreach (var bytes in new[] { [], Encoding.ASCII.GetBytes("MZ"), new byte[64], [0x7f, .. "ELF"u8, 1, 1, .. new byte[64]] })
        {
            Assert.Equal(
                "not a 64-bit little-endian ELF file", Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.Names(bytes)).Message);
        }
    }

    [Fact]
    public void A_damaged_file_is_refused_whatever_its_offsets_say()
    {
        var whole = Small();
        Assert.Equal(["GLIBC_2.34", "GLIBC_2.4"], ElfVersionNeeds.Names(whole));
        var refused = 0;
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (byte value in new byte[] { 0, 1, 0x7f, 0x80, 0xff })
            {
                var damaged = (byte[])whole.Clone();
                damaged[at] = value;
                refused += IsRefused(damaged) ? 1 : 0;
            }

            Assert.True(IsRefused(whole[..at]), $"{at} of {whole.Length} bytes were taken for a whole file");
        }

        Assert.NotEqual(0, refused);
    }

    [Theory]
    [InlineData("GLIBC_2.2.5,GLIBC_2.34,GLIBC_2.4,GLIBCXX_3.4.32,GLIBC_PRIVATE", "2.34")]
    [InlineData("GLIBCXX_3.4", null)]
    [InlineData("", null)]
    public void The_newest_glibc_is_the_largest_number(string names, string? newest) =>
        Assert.Equal(newest, ElfVersionNeeds.NewestGlibc(names.Split(','))?.ToString());

    [Fact]
    public void A_machine_whose_glibc_is_too_old_is_told()
    {
        var needed = new Version(2, 34);
        Assert.Equal(
            "libLibTorchSharp.so needs the C library glibc 2.34, this machine has 2.31: use a newer Linux (Debian 12, Ubuntu 22.04, RHEL 9 or "
            + "later), TorchSharp cannot run on this one.",
            TorchLibrary.GlibcFault(Library, needed, new Version(2, 31)));
        Assert.Null(TorchLibrary.GlibcFault(Library, needed, needed));
        Assert.Null(TorchLibrary.GlibcFault(Library, needed, new Version(2, 36)));
        Assert.Null(TorchLibrary.GlibcFault(Library, needed, null));
        Assert.Null(TorchLibrary.GlibcFault(Library, null, needed));
    }

    private static bool IsRefused(byte[] elf)
    {
        try
        {
            ElfVersionNeeds.MarkWeak(elf, "GLIBC_2.4");
            return false;
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }

    /// <summary>A file of two section headers (strings, version needs), one library and two needed versions; the names are its end.</summary>
    private static byte[] Small()
    {
        const int headers = 64, headerLength = 64, needs = headers + (2 * headerLength), strings = needs + 16 + (2 * 16);
        var file = new byte[strings];
        "\u007fELF\u0002\u0001"u8.CopyTo(file);
        BitConverter.TryWriteBytes(file.AsSpan(0x28), (long)headers);
        BitConverter.TryWriteBytes(file.AsSpan(0x3a), (ushort)headerLength);
        BitConverter.TryWriteBytes(file.AsSpan(0x3c), (ushort)2);
        BitConverter.TryWriteBytes(file.AsSpan(headers + 0x18), (long)strings);
        var section = file.AsSpan(headers + headerLength);
        BitConverter.TryWriteBytes(section[4..], 0x6ffffffeu);
        BitConverter.TryWriteBytes(section[0x18..], (long)needs);
        var need = file.AsSpan(needs);
        BitConverter.TryWriteBytes(need, (ushort)1);
        BitConverter.TryWriteBytes(need[2..], (ushort)2);
        BitConverter.TryWriteBytes(need[8..], 16);
        BitConverter.TryWriteBytes(need[(16 + 12)..], 16);
        BitConverter.TryWriteBytes(need[(32 + 8)..], "GLIBC_2.34\0".Length);
        return [.. file, .. "GLIBC_2.34\0GLIBC_2.4\0"u8];
    }
}
