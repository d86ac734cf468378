using System.Diagnostics;

namespace AdwUNet.Runs.Tests.Durability;

/// <summary>A file system of a few kilobytes in memory.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const string Filler = "filler";

    private readonly TemporaryFolder _parent = new();

    /// <summary>Makes it; skips the test where that cannot be done.</summary>
    /// <param name="kilobytes">Its size.</param>
    public SmallDisk(int kilobytes)
    {
        Root = Directory.CreateDirectory(_parent.PathOf("disk")).FullName;
        var isRoot = OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess;
        if (!isRoot || !Mount("-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", Root))
        {
            _parent.Dispose();
            Assert.Skip("A small file system can only be mounted on Linux, by root, with the permission to mount.");
        }
    }

    public string Root { get; }

    /// <summary>Fills it up.</summary>
    /// <param name="free">Bytes to leave, in whole pages.</param>
    public void Fill(long free)
    {
        var available = new DriveInfo(Root).AvailableFreeSpace;
        Assert.InRange(free, 0, available);
        File.WriteAllBytes(Path.Combine(Root, Filler), new byte[available - free]);
        Assert.Equal(free, new DriveInfo(Root).AvailableFreeSpace);
    }

    /// <summary>Makes room again.</summary>
    public void Clear() => File.Delete(Path.Combine(Root, Filler));

    public void MakeReadOnly(bool isReadOnly) => Assert.True(Mount("-o", isReadOnly ? "remount,ro" : "remount,rw", Root));

    public void Dispose()
    {
        Assert.Equal(0, Run("umount", Root));
        _parent.Dispose();
    }

    private static bool Mount(params string[] arguments) => Run("mount", arguments) == 0;

    private static int Run(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
