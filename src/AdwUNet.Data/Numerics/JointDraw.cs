using static TorchSharp.torch;

namespace AdwUNet;

/// <summary>
/// The random values of several parameters, drawn together and copied to the device at once: one copy for each forward pass in the place of one for
/// each parameter.
/// </summary>
/// <remarks>Thread-safe. A parameter that is asked for again begins the next forward pass, and all values are drawn anew.</remarks>
internal sealed class JointDraw
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _counts = [];
    private readonly Dictionary<string, long> _starts = [];
    private readonly HashSet<string> _given = [];
    private Tensor? _values;
    private object? _source;

    /// <summary>Number of copies to a device so far, in this process.</summary>
    public static long Copies { get; private set; }

    /// <summary>Adds a parameter.</summary>
    /// <param name="parameter">Its full name.</param>
    /// <param name="count">Number of its values.</param>
    public void Add(string parameter, int count) => _counts[parameter] = count;

    /// <summary>The values of a parameter, [count]; null where it has none. For the caller's dispose scope.</summary>
    /// <param name="parameter">Its full name; it is added if it is not known.</param>
    /// <param name="like">The device and the type of the values.</param>
    /// <param name="source">What draws. Another one than before begins the next forward pass.</param>
    /// <param name="draw">Draws the values of a parameter; null for none.</param>
    public Tensor? Of(string parameter, Tensor like, object source, Func<string, int, float[]?> draw)
    {
        lock (_gate)
        {
            if (source != _source || !_counts.ContainsKey(parameter) || _given.Contains(parameter))
            {
                Release();
                _starts.Clear();
                _given.Clear();
                _source = source;
                _counts.TryAdd(parameter, checked((int)like.numel()));
            }

            if (_given.Count == 0)
            {
                Draw(like, draw);
            }

            _given.Add(parameter);
            var values = _starts.TryGetValue(parameter, out var start) ? _values!.narrow(0, start, _counts[parameter]).to(like.dtype) : null;
            if (_given.Count == _counts.Count)
            {
                Release(); // what was given shares the memory
            }

            return values;
        }
    }

    private void Release()
    {
        _values?.Dispose();
        _values = null;
    }

    private void Draw(Tensor like, Func<string, int, float[]?> draw)
    {
        var all = new List<float>();
        foreach (var (name, count) in _counts)
        {
            if (draw(name, count) is { } values)
            {
                _starts[name] = all.Count;
                all.AddRange(values);
            }
        }

        if (all.Count > 0)
        {
            _values = tensor(all.ToArray(), device: like.device).DetachFromDisposeScope();
            Copies++;
        }
    }
}
