using System.Globalization;
using AdwUNet.Kernel.Execution;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AdwUNet.Kernel.Notebooks;

/// <summary>A variable that a notebook's cell tagged <c>parameters</c> declares, and that <c>-p</c> may set.</summary>
/// <param name="Name">The variable's name.</param>
/// <param name="Type">Its C# type, such as <c>int</c>; null where the type is not a supported one.</param>
/// <param name="IsNullable">Whether it may be null.</param>
internal sealed record Parameter(string Name, string? Type, bool IsNullable)
{
    public const string Tag = "parameters";
    public const string InjectedTag = "injected-parameters";
    private const string InjectedId = "injected-parameters";

    /// <summary>The parameters that a notebook declares, in their order.</summary>
    public static IReadOnlyList<Parameter> Of(Notebook notebook) => [.. CellsOf(notebook).SelectMany(cell => Read(cell.Source))];

    private static IEnumerable<NotebookCell> CellsOf(Notebook notebook) => notebook.Cells.Where(cell => cell.IsCode && cell.HasTag(Tag));

    /// <summary>Reads declarations such as <c>var profile = "quick"; int seed = 1;</c>.</summary>
    public static IReadOnlyList<Parameter> Read(string code)
    {
        var root = (CompilationUnitSyntax)SubmissionChain.Parse(Directives.Read(code).Code, Tag).GetRoot();
        return
        [
            .. from member in root.Members
               let field = member as FieldDeclarationSyntax
               let local = (member as GlobalStatementSyntax)?.Statement as LocalDeclarationStatementSyntax
               let modifiers = field?.Modifiers ?? local?.Modifiers ?? default
               where !modifiers.Any(modifier => modifier.IsKind(SyntaxKind.ConstKeyword) || modifier.IsKind(SyntaxKind.ReadOnlyKeyword))
               let declaration = field?.Declaration ?? local?.Declaration
               where declaration is not null
               from variable in declaration.Variables
               select Describe(declaration.Type, variable),
        ];
    }

    /// <summary>Inserts a cell that sets parameters, after the cell that declares them.</summary>
    /// <param name="notebook">The notebook.</param>
    /// <param name="values">The values by name, as text.</param>
    /// <exception cref="NotebookException">A name is not declared, a value is not of its type, or several cells declare parameters.</exception>
    public static void Inject(Notebook notebook, IReadOnlyDictionary<string, string> values)
    {
        // As in papermill: an executed notebook that is run again keeps the values of that run, unless it is given new ones.
        if (values.Count == 0)
            return;
        foreach (var old in notebook.Cells.Where(cell => cell.HasTag(InjectedTag)).ToList())
            notebook.Remove(old);
        var known = Of(notebook);
        var lines = new List<string> { "// Parameters" };
        foreach (var (name, value) in values)
        {
            var parameter = known.FirstOrDefault(each => each.Name == name)
                ?? throw new NotebookException(known.Count == 0
                    ? $"{notebook.Path} has no parameter '{name}': it has no cell tagged '{Tag}' that declares any."
                    : $"{notebook.Path} has no parameter '{name}': it has {string.Join(", ", known.Select(each => each.Name))}.");
            lines.Add($"{name} = {parameter.Literal(value, notebook.Path)};");
        }

        var declaring = CellsOf(notebook).ToList();
        if (declaring.Count > 1)
            throw new NotebookException(
                $"{notebook.Path} has more than one cell tagged '{Tag}' ({string.Join(", ", declaring.Select(cell => $"'{cell.Id}'"))}): "
                + "with -p only one may have the tag; remove it from the others.");
        var id = Enumerable.Range(0, int.MaxValue)
            .Select(number => number == 0 ? InjectedId : $"{InjectedId}-{number}")
            .First(candidate => notebook.Cells.All(cell => cell.Id != candidate));
        notebook.InsertAfter(declaring[0], NotebookCell.Code(id, string.Join('\n', lines), InjectedTag));
    }

    private static Parameter Describe(TypeSyntax type, VariableDeclaratorSyntax variable)
    {
        var isNullable = type is NullableTypeSyntax;
        var named = type is NullableTypeSyntax nullable ? nullable.ElementType : type;
        var name = named.IsVar ? TypeOf(variable.Initializer?.Value) : named.ToString() switch
        {
            "String" or "System.String" => "string",
            "Int32" or "System.Int32" => "int",
            "Double" or "System.Double" => "double",
            "Boolean" or "System.Boolean" => "bool",
            var other => other,
        };
        return new Parameter(variable.Identifier.ValueText, name, isNullable);
    }

    private static string? TypeOf(ExpressionSyntax? value) => value switch
    {
        PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.UnaryMinusExpression } minus => TypeOf(minus.Operand),
        InterpolatedStringExpressionSyntax => "string",
        LiteralExpressionSyntax { Token.Value: { } literal } => literal switch
        {
            string => "string",
            bool => "bool",
            int => "int",
            long => "long",
            float => "float",
            double => "double",
            decimal => "decimal",
            _ => null,
        },
        _ => null,
    };

    /// <summary>The value as C# text.</summary>
    private string Literal(string value, string notebook)
    {
        if (IsNullable && value == "null")
            return "null";
        var literal = Type switch
        {
            "string" => SymbolDisplay.FormatLiteral(value, quote: true),
            "bool" => bool.TryParse(value, out var flag) ? (flag ? "true" : "false") : null,
            "int" => int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? Number(number) : null,
            "long" => long.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? Number(number) + "L" : null,
            "float" => float.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? Real(number, "float", "f") : null,
            "double" => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? Real(number, "double", "d") : null,
            "decimal" => decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? Number(number) + "m" : null,
            _ => throw new NotebookException(
                $"The parameter '{Name}' of {notebook} cannot be set from outside: its type is none of string, bool, int, long, float, double, decimal."),
        };
        return literal ?? throw new NotebookException($"'{value}' is not a value for the parameter '{Name}' of {notebook}, which is of type {Type}.");
    }

    private static string Number(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    private static string Real(double number, string type, string suffix) => number switch
    {
        double.NaN => type + ".NaN",
        double.PositiveInfinity => type + ".PositiveInfinity",
        double.NegativeInfinity => type + ".NegativeInfinity",
        _ => number.ToString("R", CultureInfo.InvariantCulture) + suffix,
    };
}
