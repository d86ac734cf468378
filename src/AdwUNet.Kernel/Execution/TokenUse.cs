using System.Reflection.Metadata;
using Microsoft.DotNet.Interactive;

namespace AdwUNet.Kernel.Execution;

/// <summary>
/// Finds whether compiled code asks for <see cref="KernelInvocationContext.CancellationToken"/>. The property itself has no
/// notification of reads.
/// </summary>
internal static class TokenUse
{
    /// <summary>Whether an assembly reads the property.</summary>
    public static bool IsIn(MetadataReader code) => code.MemberReferences.Select(code.GetMemberReference).Any(member =>
        member.Parent.Kind == HandleKind.TypeReference
        && code.StringComparer.Equals(member.Name, "get_" + nameof(KernelInvocationContext.CancellationToken))
        && code.StringComparer.Equals(code.GetTypeReference((TypeReferenceHandle)member.Parent).Name, nameof(KernelInvocationContext)));
}
