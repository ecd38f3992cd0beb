/* What getaddrinfo gives for a name, an address a line: a client that can be linked with any libc. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

int main(int count, char **words) {
    struct addrinfo hints, *all, *one;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    int fault = count == 2 ? getaddrinfo(words[1], NULL, &hints, &all) : EAI_NONAME;
    if (fault) {
        fprintf(stderr, "%s\n", gai_strerror(fault));
        return 2;
    }
    for (one = all; one; one = one->ai_next) {
        char text[INET6_ADDRSTRLEN];
        void *address = one->ai_family == AF_INET
            ? (void *)&((struct sockaddr_in *)one->ai_addr)->sin_addr
            : (void *)&((struct sockaddr_in6 *)one->ai_addr)->sin6_addr;
        puts(inet_ntop(one->ai_family, address, text, sizeof text));
    }
    return 0;
}
