using System.Globalization;
using System.Text.Json;

namespace AdwUNet.Runs;

/// <summary>Who works in a run's folder: the content of its <c>run.lock</c>.</summary>
/// <param name="Id">Tells this lock from every other.</param>
/// <param name="Process">The process's number.</param>
/// <param name="Started">When that process started, as <see cref="ProcessIdentity.StartOf"/> says it: numbers of processes are used again.</param>
/// <param name="Machine">Where the number means this process, as <see cref="ProcessIdentity.Machine"/> says it.</param>
/// <param name="Host">The machine's name, for people.</param>
/// <param name="User">The user's name, for people.</param>
/// <param name="Since">When the lock was taken.</param>
internal sealed record LockHolder(string Id, int Process, string? Started, string Machine, string Host, string User, DateTimeOffset Since)
{
    /// <summary>This process, for a new lock.</summary>
    public static LockHolder New() => new(
        Guid.NewGuid().ToString(),
        Environment.ProcessId,
        ProcessIdentity.StartOf(Environment.ProcessId),
        ProcessIdentity.Machine,
        Environment.MachineName,
        Environment.UserName,
        DateTimeOffset.Now);

    /// <summary>Reads a lock; null where there is none, or one that does not say whose it is.</summary>
    public static LockHolder? Read(string path) => Read(path, out _);

    /// <summary>The same, and the file's time: that of the very file whose content it is.</summary>
    public static LockHolder? Read(string path, out DateTime? fileTime)
    {
        fileTime = null;
        try
        {
            // The holder sets the file's time now and then, and may remove it any time.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            fileTime = File.GetLastWriteTimeUtc(file.SafeFileHandle);
            return JsonSerializer.Deserialize<LockHolder>(file, JsonFile.Options);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The lock's content.</summary>
    public byte[] ToBytes() => JsonFile.Serialize(this);

    /// <summary>As part of a sentence.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"process {Process} of {User} on {Host} since {Since:yyyy-MM-dd HH:mm:ss zzz}");
}
