namespace AdwUNet.Interactive;

/// <summary>One object of Plotly's JSON, written as it will be read there.</summary>
internal sealed class Node : Dictionary<string, object?>
{
    public Node()
    {
    }

    public Node(IDictionary<string, object?> other)
        : base(other)
    {
    }
}
