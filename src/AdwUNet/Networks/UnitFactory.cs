using System.Text.Json.Serialization;

namespace AdwUNet.Networks;

/// <summary>Makes the convolution units of a network. Derive a record from it for a unit with options.</summary>
[JsonConverter(typeof(MethodPartConverter<UnitFactory>))]
public abstract record UnitFactory : MethodPart
{
    /// <summary>The published unit.</summary>
    public static UnitFactory Published { get; } = new PublishedUnits();

    /// <summary>Units of a class with a constructor that takes a <see cref="UnitSite"/>.</summary>
    /// <typeparam name="T">The class.</typeparam>
    public static UnitFactory Of<T>()
        where T : ConvolutionUnit => new UnitsOf<T>();

    /// <summary>Makes one unit.</summary>
    /// <param name="site">The unit's place in the network.</param>
    public abstract ConvolutionUnit Make(UnitSite site);

    private sealed record PublishedUnits : UnitFactory
    {
        public override ConvolutionUnit Make(UnitSite site) => new ConvUnit(site);
    }

    private sealed record UnitsOf<T> : UnitFactory
        where T : ConvolutionUnit
    {
        protected override Type Code => typeof(T);

        public override ConvolutionUnit Make(UnitSite site) =>
            typeof(T).GetConstructor([typeof(UnitSite)]) is { } constructor
                ? (ConvolutionUnit)constructor.Invoke([site])
                : throw new ArgumentException($"{typeof(T).Name} has no public constructor that takes a {nameof(UnitSite)}; add one.");
    }
}
