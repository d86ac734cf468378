namespace AdwUNet.Tests;

/// <summary>PROMISES.md against the tests that this assembly has.</summary>
public class PromiseTests
{
    [Fact]
    public void PROMISES_md_lists_exactly_what_tests_promise()
    {
        if (PromiseTable.IsWriting)
        {
            PromiseTable.WritePromises();
        }

        Assert.Equal(PromiseTable.Promised, PromiseTable.Written);
    }
}
