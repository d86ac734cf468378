using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>Keeps the value of code that is run without being shown.</summary>
internal sealed class SilentOutput : ICellOutput
{
    public MimeBundle? Value { get; private set; }

    public void Stream(StreamName stream, string text)
    {
    }

    public void Display(MimeBundle data, string displayId)
    {
    }

    public void Update(MimeBundle data, string displayId)
    {
    }

    public void Clear(bool wait)
    {
    }

    public void Result(MimeBundle data, int executionCount) => Value = data;

    public void Error(CellError error)
    {
    }
}
