namespace AdwUNet.Cpu.Tests;

/// <summary>Reuse and release of buffers.</summary>
public sealed unsafe class BufferPoolTests : IDisposable
{
    private readonly BufferPool _pool = new();

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void A_buffer_is_aligned_and_two_vectors_longer_than_its_length()
    {
        using var buffer = new NativeBuffer(1000);
        Assert.Equal(1000, buffer.Length);
        Assert.Equal(0, (nint)buffer.Data % 64);
        new Span<byte>(buffer.Data, 1000 + 128).Fill(1);
    }

    [Fact]
    public void A_returned_buffer_is_rented_again_with_its_content()
    {
        var buffer = _pool.Rent(1000);
        buffer.Data[999] = 42;
        _pool.Return(buffer);
        Assert.Same(buffer, _pool.Rent(900));
        Assert.Equal(42, buffer.Data[999]);
    }

    [Fact]
    public void A_rented_buffer_is_not_rented_twice()
    {
        _pool.Return(_pool.Rent(1000));
        Assert.NotSame(_pool.Rent(1000), _pool.Rent(1000));
    }

    [Fact]
    public void The_smallest_sufficient_buffer_is_reused()
    {
        var (large, small, tooSmall) = (_pool.Rent(1100), _pool.Rent(1010), _pool.Rent(990));
        foreach (var buffer in new[] { large, small, tooSmall })
        {
            _pool.Return(buffer);
        }

        Assert.Same(small, _pool.Rent(1000));
    }

    [Fact]
    public void A_buffer_of_more_than_five_quarters_of_the_length_is_not_reused()
    {
        var buffer = _pool.Rent(1251);
        _pool.Return(buffer);
        Assert.NotSame(buffer, _pool.Rent(1000));
        Assert.Same(buffer, _pool.Rent(1001));
    }

    [Fact]
    public void A_buffer_returned_twice_is_rented_once()
    {
        var buffer = _pool.Rent(1000);
        _pool.ReturnAll();
        _pool.Return(buffer);
        Assert.Same(buffer, _pool.Rent(1000));
        Assert.NotSame(buffer, _pool.Rent(1000));
    }

    [Fact]
    public void The_workspace_grows_to_the_largest_request()
    {
        var small = _pool.Workspace(1000);
        var large = _pool.Workspace(5000);
        Assert.True(small.IsClosed);
        Assert.Equal(5000, large.Length);
        Assert.Same(large, _pool.Workspace(10));
    }

    [Fact]
    public void Dispose_releases_free_buffers_and_the_workspace_but_no_rented_buffer()
    {
        var (rented, free, workspace) = (_pool.Rent(1000), _pool.Rent(1000), _pool.Workspace(1000));
        _pool.Return(free);
        _pool.Dispose();
        Assert.True(free.IsClosed && workspace.IsClosed);
        Assert.False(rented.IsClosed);
        _pool.Return(rented);
        Assert.Same(rented, _pool.Rent(1000));
        rented.Dispose();
    }

    [Fact]
    public void Threads_never_hold_the_same_buffer()
    {
        const int rents = 20_000;
        Parallel.For(0, rents, i =>
        {
            var buffer = _pool.Rent(64 + (i % 16));
            *(int*)buffer.Data = i;
            Thread.Yield();
            Assert.Equal(i, *(int*)buffer.Data);
            _pool.Return(buffer);
        });
    }
}
