using System.Linq.Expressions;
using System.Reflection;

namespace AdwUNet.Experiments;

/// <summary>A path of properties such as <c>e => e.Search.Momentum</c>, which can be set in a copy of an immutable record: nested <c>with</c>.</summary>
/// <typeparam name="T">The record.</typeparam>
internal sealed class PropertyPath<T>
    where T : notnull
{
    // What the compiler makes of `with` for a record class.
    private const string CloneMethod = "<Clone>$";

    private readonly IReadOnlyList<PropertyInfo> _properties;

    /// <summary>Reads the path.</summary>
    /// <param name="expression">A lambda of properties only.</param>
    /// <exception cref="ExperimentException">It is something else, or a property is computed or not part of a record.</exception>
    public PropertyPath(LambdaExpression expression)
    {
        var properties = new Stack<PropertyInfo>();
        var node = Unwrapped(expression.Body);
        while (node is MemberExpression { Member: PropertyInfo property, Expression: { } parent })
        {
            // The value of a nullable struct and the struct have the same box.
            if (Nullable.GetUnderlyingType(parent.Type) is null)
            {
                properties.Push(property);
            }

            node = Unwrapped(parent);
        }

        if (node is not ParameterExpression || properties.Count == 0)
        {
            throw new ExperimentException(
                $"'{expression.Body}' cannot be varied; name a property of the settings, such as e => e.Search.Momentum, or use Add with a change of your own.");
        }

        _properties = [.. properties];
        foreach (var property in _properties)
        {
            RequireSettable(property);
        }
    }

    /// <summary>The last property's name.</summary>
    public string Name => _properties[^1].Name;

    /// <summary>The names with points between them.</summary>
    public override string ToString() => string.Join('.', _properties.Select(property => property.Name));

    /// <summary>A copy of a record in which the property has another value.</summary>
    /// <exception cref="ExperimentException">A record on the way to the property is null.</exception>
    public T With(T record, object? value) => (T)With(record, 0, value)!;

    private object With(object record, int index, object? value)
    {
        var property = _properties[index];
        if (index < _properties.Count - 1)
        {
            var inner = property.GetValue(record) ?? throw new ExperimentException(
                $"{this} cannot be varied: {string.Join('.', _properties.Take(index + 1).Select(p => p.Name))} is null; set it first, or vary it as a whole.");
            value = With(inner, index + 1, value);
        }

        var copy = Copy(record);
        property.SetValue(copy, value);
        return copy;
    }

    // A value in a box is a copy already.
    private static object Copy(object record) =>
        record is ValueType ? record : record.GetType().GetMethod(CloneMethod)!.Invoke(record, null)!;

    private void RequireSettable(PropertyInfo property)
    {
        var owner = property.DeclaringType!;
        var isRecord = owner.IsValueType || owner.GetMethod(CloneMethod) is not null;
        if (!isRecord || property.SetMethod is not { IsPublic: true })
        {
            var why = isRecord ? $"{property.Name} is computed from other properties" : $"{owner.Name} is no record";
            throw new ExperimentException($"{this} cannot be varied: {why}; vary a property with an init accessor, or use Add with a change of your own.");
        }
    }

    private static Expression Unwrapped(Expression node) =>
        node is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.TypeAs } cast ? Unwrapped(cast.Operand) : node;
}
