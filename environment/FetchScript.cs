#nullable disable // The build compiles this file by itself.
using System;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Net.Http;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace AdwUNet.Build;

/// <summary>
/// Takes one file out of a package of the npm registry and keeps it. What the network gives is believed only if it has the expected
/// checksum; without network there is a message, no file, and the build goes on.
/// </summary>
public sealed class FetchScript : Task
{
    private const int Block = 512; // of a tar archive
    private const int SizeAt = 124;
    private const int SizeLength = 12;
    private const int NameLength = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Address of the package, a .tgz.</summary>
    [Required]
    public string Address { get; set; }

    /// <summary>Its checksum as the registry writes it: sha512- and Base64.</summary>
    [Required]
    public string Integrity { get; set; }

    /// <summary>The wanted file's name in the package.</summary>
    [Required]
    public string Entry { get; set; }

    /// <summary>Where it is kept.</summary>
    [Required]
    public string Destination { get; set; }

    public override bool Execute()
    {
        try
        {
            byte[] package;
            using (var client = new HttpClient { Timeout = Patience })
                package = client.GetByteArrayAsync(Address).GetAwaiter().GetResult();
            using (var hash = SHA512.Create())
            {
                var found = "sha512-" + Convert.ToBase64String(hash.ComputeHash(package));
                if (found != Integrity) throw new InvalidDataException("it has the checksum " + found + " instead of " + Integrity);
            }

            Directory.CreateDirectory(Path.GetDirectoryName(Destination));
            var partial = Destination + "." + Guid.NewGuid().ToString("N");
            File.WriteAllBytes(partial, Extract(package));
            if (File.Exists(Destination)) File.Delete(partial); // another build was faster
            else File.Move(partial, Destination);
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Log.LogMessage(MessageImportance.High, Address + " was not fetched (" + error.Message + "); what needs it shows less until a build has network.");
        }

        return true;
    }

    private byte[] Extract(byte[] package)
    {
        using (var archive = new GZipStream(new MemoryStream(package), CompressionMode.Decompress))
        {
            var header = new byte[Block];
            while (Fill(archive, header, Block) && header[0] != 0)
            {
                var name = Encoding.UTF8.GetString(header, 0, NameLength).TrimEnd('\0');
                var size = Convert.ToInt32(Encoding.ASCII.GetString(header, SizeAt, SizeLength).Trim('\0', ' '), 8);
                var padded = (size + Block - 1) / Block * Block;
                var content = new byte[padded];
                if (!Fill(archive, content, padded)) break;
                if (name != Entry) continue;
                Array.Resize(ref content, size);
                return content;
            }
        }

        throw new InvalidDataException(string.Format(CultureInfo.InvariantCulture, "it has no {0}", Entry));
    }

    private static bool Fill(Stream stream, byte[] buffer, int count)
    {
        for (int at = 0, read; at < count; at += read)
        {
            read = stream.Read(buffer, at, count - at);
            if (read == 0) return false;
        }

        return true;
    }
}
