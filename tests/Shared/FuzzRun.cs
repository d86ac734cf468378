using System.Diagnostics;

namespace AdwUNet.Tests;

/// <summary>One damaged input.</summary>
/// <param name="Bytes">What the file then holds.</param>
/// <param name="Fields">Names of which a refusal must contain one; null where the damage belongs to no field.</param>
internal sealed record Damaged(byte[] Bytes, IReadOnlyList<string>? Fields = null);

/// <summary>
/// Damaged inputs one after the other. Each must be read or refused: with an error of the project's own, which names the file and the field,
/// within a time, and with no more memory than the input can fill. A failure names the seed of its input, with which <see cref="Run"/> makes it again.
/// </summary>
internal sealed class FuzzRun
{
    /// <summary>No input of these sizes takes more than milliseconds; a busy machine may take its time, an endless loop does not end.</summary>
    private static readonly TimeSpan LongestTry = TimeSpan.FromSeconds(60);

    /// <summary>What the input is called in failures.</summary>
    public required string Name { get; init; }

    /// <summary>The file that is damaged and read.</summary>
    public required string Path { get; init; }

    /// <summary>Makes an input; only the random numbers decide which.</summary>
    public required Func<Random, Damaged> Damage { get; init; }

    /// <summary>Reads the file, and looks at what was read as users do; the random numbers may choose among ways.</summary>
    public required Action<Random> Read { get; init; }

    /// <summary>Whether an error is one that the project raises on purpose.</summary>
    public required Predicate<Exception> IsRefusal { get; init; }

    /// <summary>Part of a refusal's message that names the file; its path unless said otherwise.</summary>
    public string? MentionedAs { get; init; }

    /// <summary>Buffers of a fixed size, and the error with its stack trace.</summary>
    public long FixedAllocation { get; init; } = 1 << 20;

    /// <summary>Bytes of memory for each byte of the input.</summary>
    public long AllocationPerByte { get; init; } = 40;

    /// <summary>Writes the damaged bytes; as they are unless said otherwise.</summary>
    public Action<string, byte[]> Write { get; init; } = File.WriteAllBytes;

    /// <summary>How many inputs were refused so far.</summary>
    public int Refused { get; private set; }

    /// <summary>Tries inputs with the seeds from <paramref name="seed"/> on.</summary>
    /// <param name="tries">How many.</param>
    /// <param name="seed">The first seed; that of a failure with one try gives the same input again.</param>
    public void Run(int tries, int seed = 0)
    {
        Exception? failure = null;
        var (current, since) = (seed, Stopwatch.GetTimestamp());
        var thread = new Thread(() =>
        {
            try
            {
                for (var i = 0; i < tries; i++)
                {
                    Volatile.Write(ref since, Stopwatch.GetTimestamp());
                    Volatile.Write(ref current, seed + i);
                    Try(seed + i);
                }
            }
            catch (Exception error)
            {
                failure = error;
            }
        })
        { IsBackground = true };
        thread.Start();
        while (!thread.Join(TimeSpan.FromSeconds(1)))
        {
            Assert.True(Stopwatch.GetElapsedTime(Volatile.Read(ref since)) < LongestTry, $"{Name} with seed {Volatile.Read(ref current)} hangs.");
        }

        if (failure is not null)
        {
            throw new InvalidOperationException($"{Name} with seed {current}: {failure.Message}", failure);
        }
    }

    // The JSON reader shortens the name that an object has twice.
    private static string Beginning(string field)
    {
        const int shortened = 15;
        return field.Length <= shortened ? field : field[..shortened];
    }

    private void Try(int seed)
    {
        // Neighbouring seeds of Random begin alike.
        const int spread = 7919;
        var random = new Random(seed * spread);
        var damaged = Damage(random);
        Write(Path, damaged.Bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Exception? refusal = null;
        try
        {
            Read(random);
        }
        catch (Exception error) when (IsRefusal(error))
        {
            refusal = error;
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, 0, FixedAllocation + (AllocationPerByte * damaged.Bytes.Length));
        if (refusal is not null)
        {
            Refused++;
            Assert.Contains(MentionedAs ?? Path, refusal.Message, StringComparison.Ordinal);
            Assert.True(
                damaged.Fields is null || damaged.Fields.Any(field => refusal.Message.Contains(Beginning(field), StringComparison.OrdinalIgnoreCase)),
                $"none of {string.Join(", ", damaged.Fields ?? [])} is named in: {refusal.Message}");
        }
    }
}
