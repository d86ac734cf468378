namespace AdwUNet.Cpu;

/// <summary>
/// Reuses buffers. Fresh memory costs a page fault for every 4 KiB; without the pool, each step would pay this for hundreds of megabytes.
/// </summary>
internal sealed class BufferPool : IDisposable
{
    private readonly List<NativeBuffer> _free = [];
    private readonly HashSet<NativeBuffer> _rented = [];
    private NativeBuffer? _workspace;

    /// <summary>Rents a buffer, whose content is arbitrary.</summary>
    /// <param name="length">The least length in bytes.</param>
    public NativeBuffer Rent(long length)
    {
        lock (_free)
        {
            var best = -1;
            for (var i = 0; i < _free.Count; i++)
            {
                // A much larger buffer stays free for a larger request.
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
    /// The workspace: one buffer for data that lives during the computation of one layer. It has the size of the largest request, and its content is
    /// valid until the next call.
    /// </summary>
    /// <param name="length">The least length in bytes.</param>
    public NativeBuffer Workspace(long length)
    {
        lock (_free)
        {
            if (_workspace is null || _workspace.Length < length)
            {
                _workspace?.Dispose();
                _workspace = null; // the allocation may throw
                _workspace = new NativeBuffer(length);
            }

            return _workspace;
        }
    }

    /// <summary>Returns a rented buffer to the pool. Has no effect if it was returned before.</summary>
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

    /// <summary>Returns all rented buffers to the pool, after a pass that ended with an exception.</summary>
    public void ReturnAll()
    {
        lock (_free)
        {
            _free.AddRange(_rented);
            _rented.Clear();
        }
    }

    /// <summary>Releases the memory of all buffers that are not rented, and of the workspace. The pool can be used again.</summary>
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
