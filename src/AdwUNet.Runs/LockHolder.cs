using System.Globalization;
using System.Text.Json;

namespace AdwUNet.Runs;

/// <summary>The owner of a run's folder: the content of its <c>run.lock</c>.</summary>
/// <param name="Id">Unique id of this lock.</param>
/// <param name="Process">The process id.</param>
/// <param name="Started">The start time of the process from <see cref="ProcessIdentity.StartOf"/>, because systems reuse process ids.</param>
/// <param name="Machine">The scope of the process id, from <see cref="ProcessIdentity.Machine"/>.</param>
/// <param name="Host">The machine's name, for messages.</param>
/// <param name="User">The user's name, for messages.</param>
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

    /// <summary>Reads a lock; null if there is none or if it names no owner.</summary>
    public static LockHolder? Read(string path) => Read(path, out _);

    /// <summary>Reads a lock and the time of the same file.</summary>
    public static LockHolder? Read(string path, out DateTime? fileTime)
    {
        fileTime = null;
        try
        {
            // The owner updates the file's time regularly and may remove the file at any time.
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

    /// <summary>A description for messages, as a part of a sentence.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"process {Process} of {User} on {Host} since {Since:yyyy-MM-dd HH:mm:ss zzz}");
}
