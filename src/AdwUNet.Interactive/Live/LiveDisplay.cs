using System.Reflection;

namespace AdwUNet.Interactive;

/// <summary>Something shown below the running cell that can be replaced in place.</summary>
internal interface ILiveDisplay
{
    /// <summary>Shows this instead of what is shown now.</summary>
    void Update(HtmlFigure figure);

    /// <summary>Shows the last state.</summary>
    void Close(HtmlFigure last) => Update(last);
}

/// <summary>
/// Finds the notebook engine by reflection, so that no reference is needed: both the `adw` kernel and .NET Interactive have a
/// <c>KernelInvocationContext</c> whose <c>Display</c> returns a value with <c>Update</c>.
/// </summary>
internal static class LiveDisplay
{
    private const string ContextName = "Microsoft.DotNet.Interactive.KernelInvocationContext";

    /// <summary>Shows the figure in the running cell, or prints its text where no notebook is.</summary>
    public static ILiveDisplay Show(HtmlFigure figure, TextWriter? console = null)
    {
        if (TryShow(figure) is { } shown) return shown;
        var lines = new ConsoleDisplay(console ?? Console.Out);
        lines.Update(figure);
        return lines;
    }

    /// <summary>Whether a cell of a notebook is running.</summary>
    public static bool InNotebook => FindContext() is not null;

    /// <summary>Whether a display prints lines, which cannot be replaced.</summary>
    public static bool IsConsole(ILiveDisplay display) => display is ConsoleDisplay;

    private static object? FindContext() => AppDomain.CurrentDomain.GetAssemblies()
        .Where(a => !a.IsDynamic).Select(a => a.GetType(ContextName)).FirstOrDefault(t => t is not null)
        ?.GetProperty("Current", BindingFlags.Public | BindingFlags.Static)?.GetValue(null);

    private static NotebookDisplay? TryShow(HtmlFigure figure)
    {
        if (FindContext() is not { } context) return null;
        var type = context.GetType();
        var own = type.GetMethods().FirstOrDefault(m => m.Name == "Display" && Fits(m, 0));
        var extension = own is null
            ? type.Assembly.GetType(ContextName + "Extensions")?.GetMethods().FirstOrDefault(m => m.Name == "Display" && Fits(m, 1))
            : null;
        var value = own is not null
            ? own.Invoke(context, [figure, Array.Empty<string>()])
            : extension?.Invoke(null, [context, figure, Array.Empty<string>()]);
        var update = value?.GetType().GetMethod("Update", [typeof(object)]);
        return update is null ? null : new NotebookDisplay(value!, update);
    }

    // Display([context,] object value, params string[] mimeTypes)
    private static bool Fits(MethodInfo method, int skip)
    {
        var parameters = method.GetParameters().Skip(skip).Select(p => p.ParameterType).ToArray();
        return parameters.Length == 2 && parameters[0] == typeof(object) && parameters[1] == typeof(string[]);
    }

    private sealed class NotebookDisplay(object value, MethodInfo update) : ILiveDisplay
    {
        private bool _isBroken;

        public void Update(HtmlFigure figure)
        {
            if (_isBroken) return;
            try
            {
                update.Invoke(value, [figure]);
            }
            catch (TargetInvocationException)
            {
                // The last version of .NET Interactive cannot update a display.
                _isBroken = true;
            }
        }

        public void Close(HtmlFigure last)
        {
            Update(last);
            if (_isBroken) TryShow(last);
        }
    }

    private sealed class ConsoleDisplay(TextWriter console) : ILiveDisplay
    {
        public void Update(HtmlFigure figure) => console.WriteLine(figure.ToString());
    }
}
