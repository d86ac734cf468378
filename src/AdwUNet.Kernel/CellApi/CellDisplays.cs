using System.Reflection;
using System.Runtime.CompilerServices;
using AdwUNet.Kernel.Execution;
using Microsoft.DotNet.Interactive.Formatting;

namespace AdwUNet.Kernel.CellApi;

/// <summary>
/// Receives the displays of <c>display</c>, <c>Display</c> and <c>DisplayedValue.Update</c> of Microsoft.DotNet.Interactive, and passes them to the
/// running cell.
/// </summary>
internal static class CellDisplays
{
    /// <summary>
    /// The displays, by the string instance of their first MIME type. <c>Display</c> reports one <see cref="DisplayedValue"/> and returns
    /// another one with another id, so that the id does not identify the display of an update. Both have the same formatted values, and an
    /// update keeps their MIME types. A unique string instance as MIME type therefore identifies the display.
    /// </summary>
    private static readonly ConditionalWeakTable<string, Shown> Known = [];

    private static int s_isInstalled;

    /// <summary>Replaces the receiver of Microsoft.DotNet.Interactive, which supports only its own cells.</summary>
    public static void Install()
    {
        if (Interlocked.Exchange(ref s_isInstalled, 1) == 1)
            return;
        // The static constructor of the class installs that receiver; it must run before ours is installed.
        RuntimeHelpers.RunClassConstructor(typeof(Microsoft.DotNet.Interactive.Kernel).TypeHandle);
        typeof(Formatter).GetField("OnFormatterEvent", BindingFlags.Static | BindingFlags.NonPublic)!.SetValue(null, (Action<DisplayedValue>)Receive);
    }

    /// <summary>Shows a value below a cell.</summary>
    /// <returns>Its display id.</returns>
    public static string Show(RunningCell cell, object? value, IReadOnlyCollection<FormattedValue> forms, string? id)
    {
        id ??= Guid.NewGuid().ToString("N");
        if (forms.FirstOrDefault() is { } first)
        {
            var mark = new string(first.MimeType.AsSpan());
            MimeTypeOf(first) = mark;
            Known.Add(mark, new Shown(id, cell));
        }

        cell.Output.Display(MimeBundle.Of(forms, value), id);
        return id;
    }

    /// <summary>Replaces a display.</summary>
    public static void Update(object? value, IReadOnlyCollection<FormattedValue> forms, string? id)
    {
        var shown = forms.FirstOrDefault() is { } first && Known.TryGetValue(first.MimeType, out var known) ? known : null;
        var cell = RunningCell.Current ?? shown?.Cell;
        if (cell is not null && (shown?.Id ?? id) is { } name)
            cell.Output.Update(MimeBundle.Of(forms, value), name);
    }

    private static void Receive(DisplayedValue shown)
    {
        if (shown.IsUpdated)
            Update(shown.Value, shown.FormattedValues, shown.DisplayId);
        else if (RunningCell.Current is { } cell)
            Show(cell, shown.Value, shown.FormattedValues, shown.DisplayId);
        else
            throw new InvalidOperationException("Nothing can be displayed: no notebook cell is running.");
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<MimeType>k__BackingField")]
    private static extern ref string MimeTypeOf(FormattedValue value);

    private sealed record Shown(string Id, RunningCell Cell);
}
