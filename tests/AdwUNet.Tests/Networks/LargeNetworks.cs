namespace AdwUNet.Tests.Networks;

/// <summary>Tests that build full-size networks run one after the other: each takes several hundred megabytes.</summary>
[CollectionDefinition(Name)]
public class LargeNetworks
{
    public const string Name = "large networks";
}
