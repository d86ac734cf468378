using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace AdwUNet;

/// <summary>
/// A hash of the compiled code of a class and of everything that it uses in its own assembly or in other cells of a notebook. The same source gives
/// the same hash in every session of one compiler; names that the compiler numbers do not count.
/// </summary>
internal static partial class CodeHash
{
    private const BindingFlags All =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Instructions = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>The hash of a class.</summary>
    public static string Of(Type type)
    {
        var (texts, seen, next) = (new SortedSet<string>(StringComparer.Ordinal), new HashSet<Type> { type }, new Queue<Type>([type]));
        while (next.TryDequeue(out var current))
        {
            foreach (var method in current.GetMembers(All).OfType<MethodBase>())
            {
                texts.Add(Text(method, used =>
                {
                    if (IsOwn(used, type.Assembly) && seen.Add(used))
                    {
                        next.Enqueue(used);
                    }
                }));
            }

            foreach (var part in current.GetNestedTypes(All).Append(current.BaseType).OfType<Type>().Where(part => IsOwn(part, type.Assembly) && seen.Add(part)))
            {
                next.Enqueue(part);
            }
        }

        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', texts))));
    }

    // Cells of a notebook are assemblies without a file, one for each cell.
    private static bool IsOwn(Type type, Assembly assembly) =>
        !type.IsGenericParameter && (type.Assembly == assembly || (assembly.Location.Length == 0 && type.Assembly.Location.Length == 0));

    private static string Text(MethodBase method, Action<Type> use)
    {
        var text = new StringBuilder(Stable($"{method.DeclaringType}: {method}"));
        var code = (method.GetMethodBody()?.GetILAsByteArray() ?? []).AsSpan();
        while (code.Length > 0)
        {
            var wide = code[0] == 0xFE; // the first byte of all instructions of two bytes
            var instruction = Instructions[wide ? BinaryPrimitives.ReadInt16BigEndian(code) : code[0]];
            code = code[instruction.Size..];
            var length = instruction.OperandType == OperandType.InlineSwitch
                ? sizeof(int) * (1 + BinaryPrimitives.ReadInt32LittleEndian(code))
                : LengthOf(instruction.OperandType);
            text.Append('\n').Append(instruction.Name).Append(' ').Append(Operand(method, instruction.OperandType, code[..length], use));
            code = code[length..];
        }

        return text.ToString();
    }

    private static string Operand(MethodBase method, OperandType kind, ReadOnlySpan<byte> operand, Action<Type> use)
    {
        switch (kind)
        {
            case OperandType.InlineString:
                return method.Module.ResolveString(BinaryPrimitives.ReadInt32LittleEndian(operand));
            case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                var member = method.Module.ResolveMember(
                    BinaryPrimitives.ReadInt32LittleEndian(operand),
                    method.DeclaringType?.GetGenericArguments(),
                    method.IsGenericMethod ? method.GetGenericArguments() : null)!;
                var type = member as Type ?? member.DeclaringType;
                if (type is not null)
                {
                    use(type.HasElementType ? type.GetElementType()! : type);
                }

                return Stable(member is Type ? member.ToString()! : $"{type}: {member}");
            default:
                return kind == OperandType.InlineSig ? "" : Convert.ToHexString(operand);
        }
    }

    private static int LengthOf(OperandType kind) => kind switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => sizeof(byte),
        OperandType.InlineVar => sizeof(short),
        OperandType.InlineI8 or OperandType.InlineR => sizeof(long),
        _ => sizeof(int),
    };

    private static string Stable(string name) => Numbered().Replace(name, "$1");

    // Submission#12, <>c__DisplayClass3_0, <Main>b__0_1: the number says where in the session the code is.
    [GeneratedRegex(@"(Submission#|__[A-Za-z]*|<[^>]*>[a-z]?)\d+(_\d+)?")]
    private static partial Regex Numbered();
}
