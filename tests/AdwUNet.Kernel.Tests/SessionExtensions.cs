using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Tests;

/// <summary>Runs cells for tests.</summary>
internal static class SessionExtensions
{
    /// <summary>Runs a cell and checks how it ended.</summary>
    public static async Task<Recorder> Run(this Session session, string code, CellStatus expected = CellStatus.Succeeded)
    {
        var output = new Recorder();
        var outcome = await session.ExecuteAsync(code, output, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(expected == outcome.Status, string.Join('\n', output.Failure?.Traceback ?? output.Log));
        return output;
    }
}
