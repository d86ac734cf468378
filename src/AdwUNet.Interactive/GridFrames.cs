using AdwUNet.Experiments;
using Microsoft.Data.Analysis;

namespace AdwUNet.Interactive;

/// <summary>Results of grids as data frames.</summary>
public static class GridFrames
{
    /// <summary>The rows of a grid's results: one for each class of each scan of each run. The columns are the properties of <see cref="GridRow"/>.</summary>
    /// <param name="results">The finished runs.</param>
    /// <exception cref="RunException">A history is damaged.</exception>
    public static DataFrame ToDataFrame(this GridResults results)
    {
        var rows = results.Rows();
        return new DataFrame(typeof(GridRow).GetConstructors()[0].GetParameters().Select(parameter =>
        {
            var values = rows.Select(row => typeof(GridRow).GetProperty(parameter.Name!)!.GetValue(row));
            return (DataFrameColumn)(Type.GetTypeCode(Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType) switch
            {
                TypeCode.Int32 => new Int32DataFrameColumn(parameter.Name, values.Cast<int>()),
                TypeCode.Int64 => new Int64DataFrameColumn(parameter.Name, values.Cast<long>()),
                TypeCode.Double => new DoubleDataFrameColumn(parameter.Name, values.Cast<double?>()),
                _ => new StringDataFrameColumn(parameter.Name, values.Cast<string>()),
            });
        }));
    }

    /// <summary>The first rows of a data frame.</summary>
    internal static HtmlFigure Table(DataFrame frame)
    {
        const int most = 20;
        var shown = Math.Min(most, frame.Rows.Count);
        return Tables.Html(
            [.. frame.Columns.Select(column => column.Name)],
            Enumerable.Range(0, (int)shown).Select(row => (IReadOnlyList<object?>)[.. frame.Columns.Select(column => column[row])]),
            $"{Summaries.Count((int)frame.Rows.Count, "row")}{(shown < frame.Rows.Count ? $"; the first {shown}" : "")}");
    }
}
