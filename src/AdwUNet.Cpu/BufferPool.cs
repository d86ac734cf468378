namespace AdwUNet.Cpu;

/// <summary>
/// Buffers for reuse: fresh memory costs a page fault for every 4 KiB, which a step would pay anew for each of its hundreds of megabytes.
/// </summary>
internal sealed class BufferPool : IDisposable
{
    private readonly List<NativeBuffer> _free = [];
    private readonly HashSet<NativeBuffer> _rented = [];
    private NativeBuffer? _workspace;

    /// <summary>A buffer of at least so many bytes; whatever it held is still in it.</summary>
    /// <param name="length">Bytes.</param>
    public NativeBuffer Rent(long length)
    {
        lock (_free)
        {
            var best = -1;
            for (var i = 0; i < _free.Count; i++)
            {
                // One of much more would be missing where it is needed.
                if (_free[i].Length >= length && _free[i].Length <= length + (length / 4) && (best < 0 || _free[i].Length < _free[best].Length))
                {
                    best = i;
                }
            }

            if (best >= 0)
            {
                var found = _free[best];
                _free.RemoveAt(best);
                _rented.Add(found);
                return found;
            }

            var made = new NativeBuffer(length);
            _rented.Add(made);
            return made;
        }
    }

    /// <summary>
    /// The one buffer for what lives through one layer's computation alone, at least so large: the largest layer's serves all. It is as it was
    /// until the next call.
    /// </summary>
    /// <param name="length">Bytes.</param>
    public NativeBuffer Workspace(long length)
    {
        lock (_free)
        {
            if (_workspace is null || _workspace.Length < length)
            {
                _workspace?.Dispose();
                _workspace = null; // should there be no memory for another
                _workspace = new NativeBuffer(length);
            }

            return _workspace;
        }
    }

    /// <summary>Takes a buffer back.</summary>
    public void Return(NativeBuffer buffer)
    {
        lock (_free)
        {
            if (_rented.Remove(buffer))
            {
                _free.Add(buffer);
            }
        }
    }

    /// <summary>Takes all buffers back: those of a pass that ended in an exception.</summary>
    public void ReturnAll()
    {
        lock (_free)
        {
            _free.AddRange(_rented);
            _rented.Clear();
        }
    }

    /// <summary>Gives up what nobody has rented.</summary>
    public void Dispose()
    {
        lock (_free)
        {
            _free.ForEach(buffer => buffer.Dispose());
            _free.Clear();
            _workspace?.Dispose();
            _workspace = null;
        }
    }
}
