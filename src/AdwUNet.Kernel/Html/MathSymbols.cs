using System.Collections.Frozen;
using System.Net;

namespace AdwUNet.Kernel.Html;

/// <summary>The symbols of LaTeX's commands, and their MathML elements.</summary>
internal static class MathSymbols
{
    private const string Fixed = "<mo stretchy=\"false\">";

    /// <summary>Names: letters, which are set as identifiers.</summary>
    private static readonly FrozenDictionary<string, string> Letters = Table(
        "alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ mu μ nu ν xi ξ "
        + "pi π rho ρ sigma σ tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ "
        + "Phi Φ Psi Ψ Omega Ω ell ℓ infty ∞ partial ∂ nabla ∇ emptyset ∅ hbar ℏ Re ℜ Im ℑ ldots … cdots ⋯ dots … vdots ⋮");

    /// <summary>Operators and relations.</summary>
    private static readonly FrozenDictionary<string, string> Operators = Table(
        "cdot ⋅ times × div ÷ pm ± mp ∓ odot ⊙ otimes ⊗ oplus ⊕ ast ∗ star ⋆ circ ∘ bullet • leq ≤ le ≤ geq ≥ ge ≥ neq ≠ ne ≠ "
        + "approx ≈ sim ∼ simeq ≃ equiv ≡ propto ∝ ll ≪ gg ≫ in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ supset ⊃ cup ∪ cap ∩ setminus ∖ "
        + "to → rightarrow → leftarrow ← gets ← mapsto ↦ Rightarrow ⇒ implies ⟹ iff ⟺ leftrightarrow ↔ forall ∀ exists ∃ neg ¬ land ∧ lor ∨ "
        + "mid ∣ parallel ∥ perp ⊥ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ langle ⟨ rangle ⟩ lvert | rvert | vert | lVert ‖ rVert ‖ Vert ‖ colon : "
        + "prime ′ top ⊤ { { } } | ‖ % % & & # # _ _ $ $");

    /// <summary>Operators whose limits stand above and below in displayed formulas.</summary>
    private static readonly FrozenDictionary<string, string> Large = Table("sum ∑ prod ∏ int ∫ bigcup ⋃ bigcap ⋂ oint ∮");

    /// <summary>Functions, set upright; true where limits stand below.</summary>
    private static readonly FrozenDictionary<string, bool> Functions = new Dictionary<string, bool>
    {
        ["max"] = true,
        ["min"] = true,
        ["lim"] = true,
        ["sup"] = true,
        ["inf"] = true,
        ["argmax"] = true,
        ["argmin"] = true,
        ["exp"] = false,
        ["log"] = false,
        ["ln"] = false,
        ["sin"] = false,
        ["cos"] = false,
        ["tan"] = false,
        ["tanh"] = false,
        ["det"] = false,
        ["dim"] = false,
        ["Pr"] = true,
    }.ToFrozenDictionary();

    /// <summary>Signs above a letter.</summary>
    public static readonly FrozenDictionary<string, string> Accents = Table("hat ^ widehat ^ bar ¯ overline ¯ tilde ~ widetilde ~ vec → dot ˙ ddot ¨");

    /// <summary>Fonts: MathML's name of the style, for <c>mathvariant</c> by code point.</summary>
    public static readonly FrozenDictionary<string, string> Fonts = Table(
        "mathrm normal mathbf bold boldsymbol bold mathbb double mathcal script mathit italic mathsf normal mathtt normal operatorname normal");

    /// <summary>Spaces, in em.</summary>
    private static readonly FrozenDictionary<string, string> Spaces = Table(", 0.17em ; 0.28em : 0.22em ! 0em quad 1em qquad 2em").Append(new(" ", "0.33em")).ToFrozenDictionary();

    /// <summary>The element of a command without arguments.</summary>
    /// <param name="command">The command's name.</param>
    /// <returns>The element; null if the command has arguments or is unknown.</returns>
    public static string? Element(string command) =>
        Letters.TryGetValue(command, out var letter) ? $"<mi>{letter}</mi>"
        : Operators.TryGetValue(command, out var sign) ? Operator(sign)
        : Large.TryGetValue(command, out var large) ? $"<mo movablelimits=\"true\">{large}</mo>"
        : Functions.TryGetValue(command, out var hasLimits) ? hasLimits ? $"<mo movablelimits=\"true\">{command}</mo>" : $"<mi>{command}</mi>"
        : Spaces.TryGetValue(command, out var width) ? $"<mspace width=\"{width}\"></mspace>"
        : null;

    /// <summary>The element of an operator or bracket. A bracket has the height of the line, unless it is <see cref="Stretched"/>.</summary>
    public static string Operator(string sign) => sign is "(" or ")" or "[" or "]" or "{" or "}" or "|" or "‖"
        ? $"{Fixed}{sign}</mo>"
        : $"<mo>{WebUtility.HtmlEncode(sign)}</mo>";

    /// <summary>The element of a bracket with the height of what it encloses, as after <c>\left</c>.</summary>
    public static string Stretched(string element) => element.Replace(Fixed, "<mo stretchy=\"true\">", StringComparison.Ordinal);

    private static FrozenDictionary<string, string> Table(string text)
    {
        var words = text.Split(' ');
        return Enumerable.Range(0, words.Length / 2).ToFrozenDictionary(i => words[2 * i], i => words[2 * i + 1]);
    }
}
