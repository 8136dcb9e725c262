using System.Security.Cryptography;
using SaeKernels.Abstractions;

namespace SaeKernels.Testing;

/// <summary>Passes operations on, and after each one hashes the bits of every buffer.</summary>
public sealed class RecordingBackend : DelegatingBackend
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public RecordingBackend(IComputeBackend inner)
        : base(inner)
    {
    }

    /// <summary>Returns the hash of all that was found so far, and starts anew.</summary>
    public string TakeDigest() => Convert.ToHexString(this.hash.GetHashAndReset());

    /// <inheritdoc/>
    public override void Synchronize()
    {
        base.Synchronize();
        foreach (DeviceBuffer buffer in this.Buffers)
        {
            this.hash.AppendData(buffer.Read((int)buffer.Length));
        }
    }
}
